package io.stepoll.bench.side;

import io.stepoll.bench.libraries.LibraryClient;
import io.stepoll.bench.libraries.Way;
import io.stepoll.bench.libraries.Work;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A {@link LibraryClient}, in a process of its own on one processor. It sleeps when it is not measured. */
final class LibraryProcess implements AutoCloseable {
    private static final double DISTURBED_SHARE = 0.10; // no finer, as /proc/stat counts ticks

    /** One measurement. The loop's sockets are judged by the first two figures, and in BULK by the last. */
    record Measured(Way way, double cpuNanosPerQuery, double p99Nanos, double p50Nanos, double queriesPerSecond,
            double worstLatenessNanos, boolean disturbed) {}

    final Way way;
    private final Process process;
    private final BufferedReader reader;

    /** Starts a client, and waits until its workers are connected. */
    LibraryProcess(Settings settings, Work work, Way way, int port) throws IOException {
        this.way = way;
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", // with this process
                "taskset", "-c", Integer.toString(settings.serverCpu()),
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(settings.jvmFlags());
        command.addAll(List.of("-Djdk.virtualThreadScheduler.maxPoolSize=1", "-cp",
                System.getProperty("java.class.path"), LibraryClient.class.getName(), work.name(), way.name(),
                Integer.toString(port)));
        process = Children.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        reader = process.inputReader();
        String line = reader.readLine();
        if (!"READY".equals(line)) {
            close();
            throw new IOException(work + " by " + way.title + " did not start; it printed: " + line);
        }
    }

    /**
     * Lets the client work.
     *
     * @param cpus of the client and of the library's server
     */
    Measured measure(int millis, Set<Integer> cpus, long serverPid) throws IOException {
        Accounts.Processors before = Accounts.Processors.now(cpus);
        long cpu = Accounts.cpuNanos(process.pid());
        long serverCpu = serverNanos(serverPid);
        long start = System.nanoTime();
        OutputStream input = process.getOutputStream();
        input.write((millis + "\n").getBytes(StandardCharsets.US_ASCII));
        input.flush();
        String line = reader.readLine();
        if (line == null) {
            throw new IOException(way.title + " has ended early");
        }
        long nanos = System.nanoTime() - start;
        cpu = Accounts.cpuNanos(process.pid()) - cpu;
        serverCpu = serverNanos(serverPid) - serverCpu;
        Accounts.Processors after = Accounts.Processors.now(cpus);
        String[] figures = line.split(" ");
        double queries = Double.parseDouble(figures[0]);
        double foreign = after.busyNanos() - before.busyNanos() - cpu - serverCpu;
        return new Measured(way, cpu / queries, Double.parseDouble(figures[3]), Double.parseDouble(figures[2]),
                queries / Double.parseDouble(figures[1]) * 1e9, Double.parseDouble(figures[5]),
                foreign > DISTURBED_SHARE * nanos
                        || after.stolenNanos() - before.stolenNanos() > DISTURBED_SHARE * nanos);
    }

    /** The time of a server and of its children, each of which serves a connection of PostgreSQL. */
    private static long serverNanos(long pid) throws IOException {
        long nanos = Accounts.cpuNanos(pid);
        for (ProcessHandle child : ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children).toList()) {
            try {
                nanos += Accounts.cpuNanos(child.pid());
            } catch (IOException e) {
                // It has ended.
            }
        }
        return nanos;
    }

    /** Lets the client work until its JVM has compiled what it needs; see {@link WarmUp}. */
    void warm(Settings settings) throws IOException {
        WarmUp.load(settings, process.pid(), millis -> measure(millis, Set.of(), process.pid()));
    }

    @Override
    public void close() {
        Children.end(process);
    }
}
