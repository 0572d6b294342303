package io.stepoll.support;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Foreign programs, where the machine has them. */
public final class Programs {
    private static final long LIMIT_SECONDS = 60;
    private static final long SIGINT_BIT = 1 << 1;

    private Programs() {}

    /** Whether the PATH has a program of this name. */
    public static boolean has(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Whether there is OpenBSD's nc, which knows Unix sockets and can shut its output down at the end of its input. */
    public static boolean hasNetcat() throws IOException, InterruptedException {
        if (!has("nc")) {
            return false;
        }
        Process help = new ProcessBuilder("nc", "-h").redirectErrorStream(true).start();
        String text = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        end(help);
        return text.startsWith("OpenBSD");
    }

    /** The java of this JVM's home. It may be a script that starts an emulator, unlike the file of this process. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Starts a program with this JVM's standard error, but without the sanitizers that this JVM may run under. */
    public static Process start(String... command) throws IOException {
        return builder(command).start();
    }

    /** Starts a program as {@link #start(String...)}, with files for its standard input and output. */
    public static Process start(Path input, Path output, String... command) throws IOException {
        return builder(command).redirectInput(input.toFile()).redirectOutput(output.toFile()).start();
    }

    private static ProcessBuilder builder(String... command) {
        ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("LD_PRELOAD");
        return builder;
    }

    /**
     * Returns a command whose process obeys SIGINT. A shell starts its background jobs with SIGINT ignored. Children
     * inherit that, and a JVM that finds the signal ignored leaves it ignored. So if this JVM ignores SIGINT, the
     * command begins with an {@code env} that sets the signal's default action again.
     */
    public static List<String> interruptible(List<String> command) throws IOException {
        long ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16)).sum();
        return (ignored & SIGINT_BIT) == 0 ? command
                : Stream.concat(Stream.of("env", "--default-signal=INT"), command.stream()).toList();
    }

    /** Closes the pipes to a process, and waits for its end; kills the process after 60 s. */
    public static void end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        process.getInputStream().close();
    }
}
