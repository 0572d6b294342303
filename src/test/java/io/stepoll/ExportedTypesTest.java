package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.Version;
import io.stepoll.support.ClassFiles;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What users and their tools are told of exported types, beside their signatures. */
class ExportedTypesTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern SINCE = Pattern.compile("(?m)^ +\\* @since (\\d+)\\.(\\d+)\\.(\\d+)$");
    /** A type with its Javadoc, if it has one. */
    private static final String TYPE = "(?s)(/\\*\\*(?:(?!\\*/).)*\\*/)?\\s*(?:@\\w+(?:\\([^\n]*\\))?\\s+)*"
            + "(?:[a-z-]+ )*(?:class|interface|enum|record) %s\\b";
    /** A member with its Javadoc, up to the parameters or the end. */
    private static final Pattern MEMBER = Pattern.compile(
            "(?s)/\\*\\*((?:(?!\\*/).)*)\\*/\\s*((?:@(?!Nullable)\\w+(?:\\([^)]*\\))?\\s+)*[^;{(=]+)(\\([^;{]*\\))?");
    private static final Pattern RETURNED = Pattern.compile("(?s)(?:\\{@return(.*)|@return(.*?)(?=@throws|@param|$))");
    private static final Pattern PARAMETER = Pattern.compile("(?s)@param (\\w+)(.*?)(?=@throws|@param|@return|$)");
    private static final Pattern OR_NULL = Pattern.compile("(?:^|[;,:] )null\\b");

    /** Null is said of something else than of the value itself. */
    private static final Set<String> NO_VALUE = Set.of("Connection.state", // its type argument says it
            "ServerBuilder.acceptIf hook", "ServerBuilder.acceptIf welcome", "ServerBuilder.onFailure hook",
            "EventLoop.taskThreadFactory");

    @Test
    void eachExportedPackageSaysWhatMayBeNull() throws Exception {
        Set<String> unmarked = new TreeSet<>();
        for (String exported : exportedPackages()) {
            if (!Class.forName(exported + ".package-info").isAnnotationPresent(NullMarked.class)) {
                unmarked.add(exported);
            }
        }
        assertEquals(Set.of(), unmarked);
    }

    @Test
    void eachTypeSaysSinceWhenItIsThere() throws Exception {
        Set<String> wrong = new TreeSet<>();
        int looked = 0;
        int nested = 0;
        for (Path file : exportedSources()) {
            String source = Files.readString(file);
            for (Class<?> type : exportedTypes(file)) {
                looked++;
                nested += type.isMemberClass() ? 1 : 0;
                Matcher found = Pattern.compile(TYPE.formatted(type.getSimpleName())).matcher(source);
                assertTrue(found.find(), () -> type + " is not in " + file);
                Matcher since = SINCE.matcher(found.group(1) == null ? "" : found.group(1));
                if (!since.find()) {
                    wrong.add(type.getName() + " says no version");
                } else if (isLater(since)) {
                    wrong.add(type.getName() + " says " + since.group().trim() + ", which is to come");
                }
            }
        }
        assertTrue(looked > 100, "the test has looked at " + looked + " types");
        assertTrue(nested > 20, "the test has looked at " + nested + " nested types");
        assertEquals(Set.of(), wrong);
    }

    /** The types of a file that users see: the one that the file is called by, and those nested in it. */
    private static List<Class<?>> exportedTypes(Path file) throws Exception {
        String name = SOURCES.relativize(file).toString().replace(".java", "").replace('/', '.');
        return name.endsWith(".package-info") ? List.of() : exportedIn(Class.forName(name)).toList();
    }

    private static Stream<Class<?>> exportedIn(Class<?> type) {
        return (type.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) == 0 ? Stream.of()
                : Stream.concat(Stream.of(type),
                        Stream.of(type.getDeclaredClasses()).flatMap(ExportedTypesTest::exportedIn));
    }

    private static boolean isLater(Matcher since) {
        ModuleDescriptor.Version current = ModuleDescriptor.Version.parse(Version.VERSION.replace("-SNAPSHOT", ""));
        return ModuleDescriptor.Version.parse(since.group(1) + "." + since.group(2) + "." + since.group(3))
                .compareTo(current) > 0;
    }

    /** NullAway looks at code. What an interface promises has no code. */
    @Test
    void whatTheJavadocSaysMayBeNullIsAnnotated() throws Exception {
        Set<String> wrong = new TreeSet<>();
        int found = 0;
        for (Path file : exportedSources()) {
            String type = file.getFileName().toString().replace(".java", "");
            Matcher member = MEMBER.matcher(Files.readString(file));
            while (member.find()) {
                Set<String> here = unannotated(type, member);
                here.removeAll(NO_VALUE);
                wrong.addAll(here);
                found += OR_NULL.matcher(plain(member.group(1))).find() ? 1 : 0;
            }
        }
        assertTrue(found > 30, "the test has found " + found + " places");
        assertEquals(Set.of(), wrong);
    }

    /** So the test above would find them. */
    @Test
    void aMemberWithoutTheAnnotationIsFound() {
        Matcher member = MEMBER.matcher("""
                    /**
                     * Does something.
                     *
                     * @param given what is given; null for
                     *     nothing
                     * @param other not
                     * @return a name; null if there is none
                     */
                    @Override
                    public String does(String given, @Nullable String other);
                """);
        assertTrue(member.find());
        assertEquals(Set.of("T.does", "T.does given"), unannotated("T", member));
    }

    private static Set<String> unannotated(String type, Matcher member) {
        Set<String> wrong = new TreeSet<>();
        String[] words = member.group(2).trim().split("\\s+");
        String name = type + "." + words[words.length - 1];
        String text = plain(member.group(1));
        Matcher returned = RETURNED.matcher(text);
        if (returned.find() && OR_NULL.matcher(returned.group()).find() && !member.group(2).contains("@Nullable")) {
            wrong.add(name);
        }
        Matcher parameter = PARAMETER.matcher(text);
        while (parameter.find()) {
            String all = member.group(3) == null ? "" : member.group(3);
            if (OR_NULL.matcher(parameter.group(2)).find()
                    && !Pattern.compile("@Nullable [^,]*\\b" + parameter.group(1) + "\\b").matcher(all).find()) {
                wrong.add(name + " " + parameter.group(1));
            }
        }
        return wrong;
    }

    private static String plain(String javadoc) {
        return javadoc.replaceAll("\\s*\n\\s*\\*\\s*", " ");
    }

    private static Set<String> exportedPackages() throws Exception {
        try (var in = Files.newInputStream(ClassFiles.folder().resolve("module-info.class"))) {
            Set<String> names = new TreeSet<>();
            ModuleDescriptor.read(in).exports().forEach(exported -> names.add(exported.source()));
            return names;
        }
    }

    private static List<Path> exportedSources() throws Exception {
        return exportedPackages().stream().flatMap(name -> sources(SOURCES.resolve(name.replace('.', '/')))).toList();
    }

    private static Stream<Path> sources(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
