package io.stepoll;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs that are not ours, where the machine has them. */
public final class Programs {
    private static final long LIMIT_SECONDS = 60;
    private static final long SIGINT_BIT = 1 << 1;

    private Programs() {}

    /** Whether there is one of this name. */
    public static boolean has(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Whether there is OpenBSD's nc, which knows Unix sockets and can end its output when its input has ended. */
    public static boolean hasNetcat() throws IOException, InterruptedException {
        if (!has("nc")) {
            return false;
        }
        Process help = new ProcessBuilder("nc", "-h").redirectErrorStream(true).start();
        String text = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        end(help);
        return text.startsWith("OpenBSD");
    }

    /** Starts one, whose errors are to be seen. The sanitizers that the tests may run under are not for it. */
    public static Process start(String... command) throws IOException {
        return builder(command).start();
    }

    /** Starts one that reads a file and writes another one. */
    public static Process start(Path input, Path output, String... command) throws IOException {
        return builder(command).redirectInput(input.toFile()).redirectOutput(output.toFile()).start();
    }

    private static ProcessBuilder builder(String... command) {
        ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("LD_PRELOAD");
        return builder;
    }

    /**
     * The command's own words, with others before them where this JVM was started with SIGINT ignored, as a shell's
     * background jobs are: whoever is started inherits that, and a JVM then leaves it so.
     */
    public static List<String> interruptible(List<String> command) throws IOException {
        long ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16)).sum();
        return (ignored & SIGINT_BIT) == 0 ? command
                : Stream.concat(Stream.of("env", "--default-signal=INT"), command.stream()).toList();
    }

    /** Waits for its end, or kills it when that does not come; and closes the pipes to it. */
    public static void end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        process.getInputStream().close();
    }
}
