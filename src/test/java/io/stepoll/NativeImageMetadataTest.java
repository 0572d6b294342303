package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.InputStreamReader;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What the jar tells GraalVM's native-image, compared with what the sources reach by name. */
class NativeImageMetadataTest {
    private static final String FILE = "/META-INF/native-image/io.stepoll/stepoll/reachability-metadata.json";
    private static final Pattern ACCESS = Pattern.compile(
            "FindClass\\(env, \"([^\"]+)\"|(?:GetFieldID|GetMethodID|field)\\(env, .+?, \"([^\"]+)\",\\s*\"([^\"]+)\"");

    private static JsonObject metadata() throws Exception {
        try (var in = NativeImageMetadataTest.class.getResourceAsStream(FILE)) {
            assertNotNull(in, FILE);
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8)).getAsJsonObject();
        }
    }

    private static List<JsonObject> objects(JsonObject parent, String name) {
        return parent.has(name) ? StreamSupport.stream(parent.getAsJsonArray(name).spliterator(), false)
                .map(JsonElement::getAsJsonObject).toList() : List.of();
    }

    /** What the tool does not know is an error there: its schema allows nothing else. */
    @Test
    void onlyWhatTheSchemaAllows() throws Exception {
        JsonObject metadata = metadata();
        assertAllowed(metadata, Set.of("comment"), Set.of("reflection", "resources"));
        for (JsonObject type : objects(metadata, "reflection")) {
            if (type.has("jniAccessible")) {
                assertTrue(type.remove("jniAccessible").getAsJsonPrimitive().isBoolean(), type::toString);
            }
            assertAllowed(type, Set.of("reason", "type"), Set.of("methods", "fields"));
            for (JsonObject method : objects(type, "methods")) {
                assertAllowed(method, Set.of("name"), Set.of("parameterTypes"));
                method.getAsJsonArray("parameterTypes").forEach(NativeImageMetadataTest::assertText);
            }
            for (JsonObject field : objects(type, "fields")) {
                assertAllowed(field, Set.of("name"), Set.of());
            }
        }
        for (JsonObject resource : objects(metadata, "resources")) {
            assertAllowed(resource, Set.of("reason", "glob"), Set.of());
        }
    }

    /** Whether an object has these texts, perhaps these lists, and nothing else. */
    private static void assertAllowed(JsonObject object, Set<String> texts, Set<String> lists) {
        Set<String> rest = new TreeSet<>(object.keySet());
        for (String text : texts) {
            assertTrue(rest.remove(text), () -> text + " is not in " + object);
            assertText(object.get(text));
        }
        for (String list : lists) {
            assertTrue(!rest.remove(list) || object.get(list).isJsonArray(), () -> list + " is no list in " + object);
        }
        assertEquals(Set.of(), rest, object::toString);
    }

    private static void assertText(JsonElement value) {
        assertTrue(value.isJsonPrimitive() && value.getAsJsonPrimitive().isString(), () -> value + " is no text");
    }

    @Test
    void whatIsNamedIsThere() throws Exception {
        for (JsonObject type : objects(metadata(), "reflection")) {
            Class<?> named = Class.forName(type.get("type").getAsString(), false, getClass().getClassLoader());
            for (JsonObject field : objects(type, "fields")) {
                named.getDeclaredField(field.get("name").getAsString());
            }
            for (JsonObject method : objects(type, "methods")) {
                assertEquals("<init>", method.get("name").getAsString());
                List<Class<?>> parameters = new ArrayList<>();
                for (JsonElement parameter : method.getAsJsonArray("parameterTypes")) {
                    parameters.add(Class.forName(parameter.getAsString()));
                }
                named.getDeclaredConstructor(parameters.toArray(Class<?>[]::new));
            }
        }
    }

    @Test
    void whatTheSourcesReachByNameIsNamed() throws Exception {
        Set<String> reached = new TreeSet<>();
        try (var files = Files.list(Path.of("src/main/c"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".c")).toList()) {
                Matcher access = ACCESS.matcher(Files.readString(file));
                while (access.find()) {
                    reached.add(access.group(1) != null ? access.group(1).replace('/', '.')
                            : access.group(2) + " " + access.group(3));
                }
            }
        }
        Set<String> named = new TreeSet<>();
        for (JsonObject type : objects(metadata(), "reflection")) {
            if (!type.has("jniAccessible")) {
                continue;
            }
            String name = type.get("type").getAsString();
            for (JsonObject field : objects(type, "fields")) {
                String fieldName = field.get("name").getAsString();
                Class<?> fieldType = Class.forName(name).getDeclaredField(fieldName).getType();
                named.add(fieldName + " " + fieldType.descriptorString());
            }
            for (JsonObject method : objects(type, "methods")) {
                String parameters = StreamSupport.stream(method.getAsJsonArray("parameterTypes").spliterator(), false)
                        .map(parameter -> descriptor(parameter.getAsString())).collect(Collectors.joining());
                named.add(method.get("name").getAsString() + " (" + parameters + ")V");
            }
            if (reached.contains(name)) { // else the sources take the class of an object
                named.add(name);
            }
        }
        assertEquals(reached, named);

        Set<String> implementations = new TreeSet<>();
        try (var files = Files.list(Path.of("src/main/java/io/stepoll"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Matcher use = Pattern.compile("Implementation\\.of\\(\\w+\\.class, \"([^\"]+)\"\\)")
                        .matcher(Files.readString(file));
                while (use.find()) {
                    implementations.add("io.stepoll.internal." + use.group(1));
                }
            }
        }
        assertEquals(implementations, objects(metadata(), "reflection").stream()
                .map(type -> type.get("type").getAsString()).filter(name -> name.startsWith("io.stepoll."))
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static String descriptor(String type) {
        try {
            return MethodType.methodType(Class.forName(type)).toMethodDescriptorString().substring("()".length());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
