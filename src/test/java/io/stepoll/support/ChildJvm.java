package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs a main class of the tests or examples in a child JVM, with the native library of this JVM and its emulator. */
public final class ChildJvm {
    private static final long LIMIT_SECONDS = Emulator.generous(240);

    /** JUnit's own name for whether its timeouts hold; in an emulator they do not. */
    private static final String TIMEOUTS = "junit.jupiter.execution.timeout.mode";

    private ChildJvm() {}

    /** The exit status of a child that has ended, and what the child has printed to its two outputs. */
    public record Ended(int status, String output, String errors) {}

    /** The command that starts a main class, with JVM options of the test's own. */
    public static ProcessBuilder builder(List<String> options, String mainClass, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.java());
        command.addAll(List.of("-ea", "-Xcheck:jni", "--enable-native-access=ALL-UNNAMED"));
        for (String inherited : List.of("stepoll.library", "emulator", TIMEOUTS)) {
            if (System.getProperty(inherited) != null) {
                command.add("-D" + inherited + "=" + System.getProperty(inherited));
            }
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(Programs.interruptible(command));
    }

    /** Runs a main class to its end. */
    public static Ended run(List<String> options, Class<?> main, String... arguments) throws Exception {
        return run(options, main.getName(), arguments);
    }

    private static Ended run(List<String> options, String main, String... arguments) throws Exception {
        return run(options, _ -> {}, main, arguments);
    }

    /**
     * Runs a main class to its end.
     *
     * @param surroundings changes the child's environment, or its command
     */
    public static Ended run(List<String> options, Consumer<ProcessBuilder> surroundings, Class<?> main,
            String... arguments) throws Exception {
        return run(options, surroundings, main.getName(), arguments);
    }

    /** As {@link #run(List, Consumer, Class, String...)}, for a child that has to end with status 0. */
    public static String runWell(List<String> options, Consumer<ProcessBuilder> surroundings, Class<?> main,
            String... arguments) throws Exception {
        return outputOf(run(options, surroundings, main, arguments));
    }

    private static Ended run(List<String> options, Consumer<ProcessBuilder> surroundings, String main,
            String... arguments) throws Exception {
        Path errors = Files.createTempFile("stepoll-child", ".err");
        Path output = Files.createTempFile("stepoll-child", ".out");
        ProcessBuilder builder = builder(options, main, arguments).redirectError(errors.toFile())
                .redirectOutput(output.toFile());
        surroundings.accept(builder);
        Process child = builder.start();
        try {
            boolean ended = child.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            assertTrue(ended, () -> "still running after " + LIMIT_SECONDS + " s: " + read(output) + read(errors));
            return new Ended(child.exitValue(), read(output), read(errors));
        } finally {
            child.destroyForcibly().waitFor();
            Files.delete(errors);
            Files.delete(output);
        }
    }

    /** Runs a main class, which has to end with status 0. Returns its standard output. */
    public static String runWell(List<String> options, Class<?> main, String... arguments) throws Exception {
        return outputOf(run(options, main, arguments));
    }

    /**
     * Runs a program of the test resources from its source, with preview features. The program has to end with status
     * 0. Returns its standard output.
     */
    public static String runSource(String resource) throws Exception {
        assumeTrue(Files.exists(Path.of(System.getProperty("java.home"), "lib", "ct.sym")), "no lib/ct.sym here");
        Path source = Path.of(ChildJvm.class.getResource(resource).toURI());
        List<String> options = List.of("--enable-preview", "--source", Integer.toString(Runtime.version().feature()));
        return outputOf(run(options, source.toString()));
    }

    private static String outputOf(Ended ended) {
        assertEquals(0, ended.status, () -> ended.output + ended.errors);
        return ended.output;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
