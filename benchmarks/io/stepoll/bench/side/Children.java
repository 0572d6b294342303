package io.stepoll.bench.side;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The child processes of this one. None of them outlives it. */
final class Children {
    private static final int END_SECONDS = 5;
    private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(Process::destroyForcibly)));
    }

    private Children() {}

    static Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        ALIVE.add(process);
        return process;
    }

    static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        ALIVE.remove(process);
    }

    /** Sends a signal for which {@link Process} has no method. */
    static void signal(Process process, String name) throws IOException {
        run("kill", "-" + name, Long.toString(process.pid()));
    }

    /** {@return what a short command prints; null if the command fails} */
    static String output(String... command) throws IOException {
        Process process = start(new ProcessBuilder(command).redirectErrorStream(true));
        try {
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes());
            return Waits.exitStatus(process) == 0 ? text : null;
        } finally {
            end(process);
        }
    }

    static String run(String... command) throws IOException {
        String output = output(command);
        if (output == null) {
            throw new IOException("failed: " + String.join(" ", command));
        }
        return output;
    }
}
