package io.stepoll.drivers;

import io.stepoll.support.FreePorts;
import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A foreign server on a port of its own, in a folder of its own that goes with it. */
public abstract class StartedServer {
    final Path folder;
    /** Where the server listens, at 127.0.0.1. */
    public final int port;
    private Process process;

    StartedServer(String name) throws IOException {
        folder = Files.createTempDirectory("stepoll-" + name);
        port = FreePorts.next();
    }

    /** Starts the server, and waits until it answers. */
    final void start(List<String> command) throws Exception {
        try {
            process = start(folder.resolve("server.log"), command);
            Looks.until(() -> {
                if (!process.isAlive()) {
                    throw new IOException(
                            command + " did not start: " + Files.readString(folder.resolve("server.log")));
                }
                return answers();
            });
        } catch (Exception e) {
            end();
            throw e;
        }
    }

    /** Runs a program to its end, which must be a good one. */
    final void run(List<String> command) throws IOException, InterruptedException {
        Path log = folder.resolve("run.log");
        Process program = start(log, command);
        Programs.end(program);
        if (program.exitValue() != 0) {
            throw new IOException(command + " failed: " + Files.readString(log));
        }
    }

    private static Process start(Path log, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().remove("LD_PRELOAD"); // the sanitizers that this JVM may run under
        builder.environment().put("LC_ALL", "C");
        builder.directory(log.getParent().toFile());
        return builder.start();
    }

    /** Whether the server serves clients by now. */
    abstract boolean answers();

    /** The process of the server, which may have children. */
    public final long pid() {
        return process.pid();
    }

    /** Kills the server. It does not end its connections: the kernel does. */
    final void kill() throws IOException, InterruptedException {
        process.destroyForcibly();
        Programs.end(process);
    }

    /** Ends the server at once, whatever its clients do, and deletes its folder. */
    public final void end() throws IOException, InterruptedException {
        if (process != null && process.isAlive()) {
            Programs.end(new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start());
            Programs.end(process);
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
