package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ClassFiles;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** DESIGN.md speaks of the code in the code's own names: each class and each member that it names is there. */
class DesignTest {
    private static final Pattern NAME = Pattern.compile("`([A-Z][A-Za-z0-9]+)(?:\\.([a-zA-Z_]+))?`");

    /** Classes of others that the page speaks of. */
    private static final Set<String> FOREIGN = Set.of("Thread", "LockSupport", "ConcurrentHashMap", "Cleaner",
            "ServiceLoader", "FileChannel");

    private static final int JOURNEYS = 8; // the seven, and an accept beside the read

    @Test
    void eachNameIsThere() throws Exception {
        Map<String, Set<String>> members = membersByClass();
        Set<String> others = otherClasses();
        Set<String> missing = new TreeSet<>();
        int looked = 0;
        Matcher name = NAME.matcher(page());
        while (name.find()) {
            String type = name.group(1);
            String member = name.group(2);
            if (FOREIGN.contains(type) || member == null && others.contains(type)) {
                continue;
            }
            looked++;
            Set<String> known = members.get(type);
            if (known == null || member != null && !known.contains(member)) {
                missing.add(name.group());
            }
        }
        assertTrue(looked > 100, "the test has looked at " + looked + " names");
        assertEquals(Set.of(), missing);
    }

    @Test
    void aNameThatIsGoneIsFound() throws Exception {
        Map<String, Set<String>> members = membersByClass();
        assertTrue(members.get("Reactor").contains("wakeReady"));
        assertTrue(!members.get("Reactor").contains("wakeReadyTasks"));
        assertTrue(!members.containsKey("Suspension"));
    }

    /** Each journey is a numbered list, whose first and last steps name a method. */
    @Test
    void eachJourneyNamesItsMethods() throws Exception {
        List<List<String>> journeys = journeys();
        assertEquals(JOURNEYS, journeys.size());
        for (List<String> steps : journeys) {
            assertTrue(steps.size() >= 5, () -> "steps " + steps);
            assertTrue(NAME.matcher(steps.getFirst()).find() && NAME.matcher(steps.getLast()).find(), steps::toString);
        }
    }

    private static String page() throws Exception {
        return Files.readString(Path.of("DESIGN.md"));
    }

    /** The numbered steps of each journey, in the page's order. */
    static List<List<String>> journeys() throws Exception {
        String page = page();
        String part = page.substring(page.indexOf("## Seven journeys"),
                page.indexOf("## From the original's ten functions"));
        List<List<String>> journeys = new ArrayList<>();
        for (String journey : part.split("(?m)^### ")) {
            List<String> steps = new ArrayList<>();
            Matcher step = Pattern.compile("(?ms)^\\d+\\. (.*?)(?=^\\d+\\. |^$|\\z)").matcher(journey);
            while (step.find()) {
                steps.add(step.group(1));
            }
            if (!steps.isEmpty()) {
                journeys.add(steps);
            }
        }
        return journeys;
    }

    /** The names of methods and fields of the library's classes, inherited ones included, by simple name. */
    private static Map<String, Set<String>> membersByClass() throws Exception {
        Map<String, ClassModel> models = new HashMap<>();
        for (ClassModel model : ClassFiles.ofLibrary()) {
            models.put(ClassFiles.name(model), model);
        }
        Map<String, Set<String>> members = new HashMap<>();
        models.forEach((name, model) -> {
            Set<String> own = members.computeIfAbsent(name.replaceAll(".*[.$]", ""), type -> new HashSet<>());
            for (ClassModel part = model; part != null;) {
                part.methods().forEach(method -> own.add(method.methodName().stringValue()));
                part.fields().forEach(field -> own.add(field.fieldName().stringValue()));
                part = part.superclass()
                        .map(parent -> models.get(parent.asInternalName().replace('/', '.'))).orElse(null);
            }
        });
        return members;
    }

    /** Classes of the tests and benchmarks, which the page names as well. */
    private static Set<String> otherClasses() throws Exception {
        Set<String> names = new HashSet<>();
        for (String folder : List.of("src/test/java", "benchmarks", "src/jcstress")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                files.map(file -> file.getFileName().toString()).filter(file -> file.endsWith(".java"))
                        .forEach(file -> names.add(file.substring(0, file.length() - ".java".length())));
            }
        }
        return names;
    }
}
