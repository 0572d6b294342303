package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.ChildJvm;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kotlin calls the library: docs/kotlin.md. Kotlin's compiler compiles it, in strict terms about null. */
@Timeout(300)
class KotlinTest {
    private static final String COMPILER = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler";
    private static final String EXAMPLE = "Coroutines";

    /** The library's promise that a loop may be absent is one that Kotlin's compiler keeps. */
    private static final String CARELESS = """
            fun careless(): Int = io.stepoll.EventLoop.current().fd()
            """;

    @TempDir
    private static Path folder;
    private static Path classes;
    private static ChildJvm.Ended compiled;
    private static ChildJvm.Ended refused;

    /** One start of a JVM for each of the two. */
    @BeforeAll
    static void compile() throws Exception {
        classes = folder.resolve("classes");
        compiled = compile(Path.of("examples/io/stepoll/examples", EXAMPLE + ".kt"), classes);
        refused = compile(Files.writeString(folder.resolve("Careless.kt"), CARELESS), folder.resolve("none"));
    }

    private static ChildJvm.Ended compile(Path source, Path target) throws Exception {
        List<String> options = List.of("-XX:TieredStopAtLevel=1", "--sun-misc-unsafe-memory-access=allow");
        return ChildJvm.run(options, Class.forName(COMPILER, false, KotlinTest.class.getClassLoader()), "-Werror",
                "-no-stdlib", "-no-reflect", "-jdk-home", System.getProperty("java.home"), "-jvm-target", "25", "-cp",
                classPath(), "-d", target.toString(), source.toString());
    }

    private static String classPath() throws Exception {
        return Stream.of(EventLoop.class.getName(), "kotlin.Unit", "kotlinx.coroutines.Delay",
                "org.jspecify.annotations.Nullable").map(KotlinTest::place)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String place(String name) {
        try {
            URL place = Class.forName(name, false, KotlinTest.class.getClassLoader()).getProtectionDomain()
                    .getCodeSource().getLocation();
            return Path.of(URI.create(place.toString())).toString();
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tasksAreSpawnedJoinedAndCancelled() throws Exception {
        assertEquals(List.of("answer 42", "cancelled", "inside true", "outside null"), call("tasks"));
    }

    @Test
    void coroutinesRunOnTheLoopAndWaitByItsTimers() throws Exception {
        assertEquals(List.of("sooner", "later", "on the loop: true true", "in time: null"), call("coroutines"));
    }

    private static Object call(String function) throws Exception {
        assertEquals(0, compiled.status(), compiled.errors());
        URL[] places = {classes.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(places, KotlinTest.class.getClassLoader())) {
            return loader.loadClass("io.stepoll.examples." + EXAMPLE + "Kt").getMethod(function).invoke(null);
        }
    }

    @Test
    void kotlinRefusesALoopThatMayBeNull() {
        assertFalse(refused.status() == 0, "it was compiled");
        assertTrue(refused.errors().contains("Careless.kt:1") && refused.errors().contains("EventLoop?"),
                refused.errors());
    }
}
