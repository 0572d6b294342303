package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the tests or examples in a JVM of its own, with the shim that this one was given. */
final class ChildJvm {
    private static final long LIMIT_SECONDS = 240;

    private ChildJvm() {}

    /** What a child has printed, and how it ended. */
    record Ended(int status, String output, String errors) {}

    static ProcessBuilder builder(List<String> options, String mainClass, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(List.of("-ea", "-Xcheck:jni", "--enable-native-access=ALL-UNNAMED"));
        String library = System.getProperty("stepoll.library");
        if (library != null) {
            command.add("-Dstepoll.library=" + library);
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(Programs.interruptible(command));
    }

    /** Runs it to its end. */
    static Ended run(List<String> options, Class<?> main, String... arguments) throws Exception {
        return run(options, main.getName(), arguments);
    }

    private static Ended run(List<String> options, String main, String... arguments) throws Exception {
        Path errors = Files.createTempFile("stepoll-child", ".err");
        Path output = Files.createTempFile("stepoll-child", ".out");
        Process child = builder(options, main, arguments).redirectError(errors.toFile())
                .redirectOutput(output.toFile()).start();
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

    /** Runs it to its end, which is to be an orderly one. Returns what it has printed to its standard output. */
    static String runWell(List<String> options, Class<?> main, String... arguments) throws Exception {
        Ended ended = run(options, main, arguments);
        assertEquals(0, ended.status, () -> ended.output + ended.errors);
        return ended.output;
    }

    /** Runs a program of the test resources from its source, with preview features, to its orderly end. */
    static String runSource(String resource) throws Exception {
        Path source = Path.of(ChildJvm.class.getResource(resource).toURI());
        List<String> options = List.of("--enable-preview", "--source", Integer.toString(Runtime.version().feature()));
        Ended ended = run(options, source.toString());
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
