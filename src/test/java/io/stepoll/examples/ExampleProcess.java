package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.FreePorts;
import io.stepoll.support.Programs;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An example in a process, started as a user does: java, the class path and arguments. {@link #close} kills it. */
final class ExampleProcess implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final Process process;
    private final Path errors;

    private ExampleProcess(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
    }

    /** Starts an example that needs nothing but the library. */
    static ExampleProcess start(String example, String... arguments) throws Exception {
        return startWith("", example, arguments);
    }

    /** Starts an example with the jars of the tests, where those are that some examples need. */
    static ExampleProcess startWithJars(String example, String... arguments) throws Exception {
        return startWith(Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar")).map(entry -> File.pathSeparator + entry)
                .collect(Collectors.joining()), example, arguments);
    }

    private static ExampleProcess startWith(String jars, String example, String... arguments) throws Exception {
        Path library = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> command = new ArrayList<>(List.of(Programs.java(), "--enable-native-access=ALL-UNNAMED", "-cp",
                library + ":" + System.getProperty("examples.classes") + jars));
        if (System.getProperty("stepoll.library") != null) {
            command.add(1, "-Dstepoll.library=" + System.getProperty("stepoll.library"));
        }
        command.add("io.stepoll.examples." + example);
        command.addAll(List.of(arguments));
        Path errors = Files.createTempFile("stepoll-example", ".err");
        ProcessBuilder builder = new ProcessBuilder(Programs.interruptible(command)).redirectError(errors.toFile());
        return new ExampleProcess(builder.start(), errors);
    }

    /** Starts a server, and waits until it listens. */
    static ExampleProcess serve(String example, String... arguments) throws Exception {
        ExampleProcess server = start(example, arguments);
        try {
            assertEquals("READY", server.process.inputReader().readLine(), server::errors);
            return server;
        } catch (Throwable e) {
            server.close();
            throw e;
        }
    }

    /** A TCP address of the loopback interface at which nobody listens. */
    static String freeTcpAddress() throws IOException {
        return "tcp:127.0.0.1:" + FreePorts.next();
    }

    /** Waits for the end of the process. Returns its status. */
    int awaitEnd() throws InterruptedException {
        assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "the process does not end");
        return process.exitValue();
    }

    /** Ends the process by SIGTERM. It has to end with status 0 and without an error message. */
    void terminate() throws Exception {
        process.destroy();
        assertEquals(0, awaitEnd(), this::errors);
        assertEquals("", errors());
    }

    /** Writes a text to the process, and ends its input. */
    void endInput(String text) throws IOException {
        try (OutputStream input = process.getOutputStream()) {
            input.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Sends SIGTERM, without waiting for the end. */
    void sendTerm() {
        process.destroy();
    }

    /** Sends a signal, named without SIG. */
    void signal(String name) throws Exception {
        Process kill = Programs.start("kill", "-" + name, Long.toString(process.pid()));
        Programs.end(kill);
        assertEquals(0, kill.exitValue());
    }

    /** Ends the process by SIGINT; otherwise as {@link #terminate}. */
    void interrupt() throws Exception {
        signal("INT");
        assertEquals(0, awaitEnd(), this::errors);
        assertEquals("", errors());
    }

    String readLine() throws IOException {
        return process.inputReader().readLine();
    }

    Stream<String> lines() {
        return process.inputReader().lines();
    }

    String errors() {
        try {
            return Files.readString(errors, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        process.getInputStream().close();
        process.getOutputStream().close();
        Files.delete(errors);
    }
}
