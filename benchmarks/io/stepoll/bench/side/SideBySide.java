package io.stepoll.bench.side;

import io.stepoll.bench.libraries.Way;
import io.stepoll.bench.libraries.Work;
import io.stepoll.bench.tls.TlsWay;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures the library's servers beside others, in turn, on loopback and Unix sockets, and writes
 * {@code target/bench/report.html}; see docs/performance.md. {@code mvn verify -Pbench} runs this program in the
 * project's directory, after {@code benchmarks/build.cmake}. The program ends all processes that it starts.
 */
public final class SideBySide {
    private static final int SCALING_ROUNDS = 3;
    private static final List<Integer> COMMAND_DEPTHS = List.of(1, 16);

    private final Settings settings;
    private final Results results = new Results();
    private final boolean perf = Perf.works();

    private SideBySide(Settings settings) {
        this.settings = settings;
    }

    /** Measures what the system properties select; see {@link Settings}. */
    public static void main(String[] arguments) throws IOException {
        new SideBySide(Settings.read()).run();
    }

    private void run() throws IOException {
        Machine machine = Machine.here();
        Progress.say(machine.toString());
        if (!perf) {
            Progress.say("perf is missing, or may not count system calls: no figures of system calls, and none of the "
                    + "time outside the kernel");
        }
        streams("tcp", Server.STREAMS);
        streams("unix", Server.UNIX);
        datagrams();
        http();
        spinning();
        libraries();
        tls();
        commands();
        allocations();
        idleMemory();
        httpIdle();
        if (settings.wants("start", false)) {
            results.starts.add(Starts.take(settings));
        }
        List<Bar> bars = new ArrayList<>();
        if (!settings.quick()) {
            bars.addAll(Bars.of(results));
            bars.addAll(JmhBars.of(settings.output().resolve("jmh.json")));
        }
        print(bars);
        Report.write(settings, machine, results, bars);
        Progress.say("see " + settings.output().resolve("report.html"));
    }

    private void streams(String transport, List<Server> servers) throws IOException {
        if (!settings.wantsTransport(transport)) {
            return;
        }
        List<Scenario> scenarios = new ArrayList<>();
        for (Scenario scenario : List.of(Scenario.ONE, Scenario.MANY, Scenario.OPEN, Scenario.CHURN)) {
            if (settings.wants(scenario.name(), scenario != Scenario.ONE)) {
                scenarios.add(scenario);
            }
        }
        boolean scaling = settings.wants("scaling", false) && transport.equals("tcp");
        boolean calls = settings.wants("syscalls", false) && perf;
        boolean userTime = settings.wants("usertime", false) && perf;
        if (scenarios.isEmpty() && !scaling && !calls && !userTime) {
            return;
        }
        try (RunningServers running = RunningServers.start(servers, transport, settings)) {
            running.warm(settings, Scenario.MANY);
            if (calls || scenarios.contains(Scenario.CHURN)) {
                running.warm(settings, Scenario.CHURN);
            }
            measure(scenarios, transport, running.all(), settings.rounds());
            if (scaling) {
                measure(Scenario.SCALING, transport, running.all(), Math.min(SCALING_ROUNDS, settings.rounds()));
            }
            for (RunningServer server : running.all()) {
                if (calls) {
                    for (Scenario scenario : List.of(Scenario.ONE, Scenario.MANY, Scenario.CHURN)) {
                        results.syscalls.add(Syscalls.count(settings, scenario, transport, server));
                    }
                }
                if (userTime) {
                    results.userTimes.add(UserTime.sample(settings, Scenario.MANY, transport, server));
                }
                if (calls || userTime) {
                    Progress.say("perf " + transport + ": " + server.server().title);
                }
            }
        }
    }

    private void datagrams() throws IOException {
        if (settings.wants("udp", true) && settings.wantsTransport("udp")) {
            try (RunningServers running = RunningServers.start(Server.DATAGRAMS, "udp", settings)) {
                running.warm(settings, Scenario.DATAGRAMS);
                measure(List.of(Scenario.DATAGRAMS), "udp", running.all(), settings.rounds());
            }
        }
    }

    private void http() throws IOException {
        List<Scenario> scenarios = new ArrayList<>();
        for (Scenario scenario : List.of(Scenario.HTTP, Scenario.HTTP_PIPELINED)) {
            if (settings.wants(scenario.name(), scenario == Scenario.HTTP_PIPELINED)) {
                scenarios.add(scenario);
            }
        }
        if (!scenarios.isEmpty()) {
            try (RunningServers running = RunningServers.start(Server.HTTP, "tcp", settings)) {
                for (Scenario scenario : scenarios) {
                    running.warm(settings, scenario);
                    measure(List.of(scenario), "tcp", running.all(), settings.rounds());
                }
            }
        }
    }

    private void spinning() throws IOException {
        if (settings.wants("spin", false)) {
            try (RunningServers running = RunningServers.start(Server.SPINNING, "tcp", settings)) {
                running.warm(settings, Scenario.SPIN);
                measure(List.of(Scenario.SPIN), "tcp", running.all(), settings.rounds());
            }
        }
    }

    /** The libraries' servers run on the processor of the load, the libraries' clients on that of the servers. */
    private void libraries() throws IOException {
        for (Work work : Work.values()) {
            String name = work.name().toLowerCase(Locale.ROOT);
            if (settings.wants(name, work == Work.REDIS)) {
                LibraryServer.with(settings, work, (port, pid) ->
                        results.libraries.add(LibrarySeries.take(settings, work, port, pid)));
            }
        }
        for (LibrarySeries series : results.libraries) {
            for (Way way : Way.values()) {
                Progress.say(String.format(Locale.ROOT, "%s, %s: %.2f µs of CPU a query, p50 %.0f µs, p99 %.0f µs,"
                        + " timer late by %.1f ms", series.work(), way.title,
                        Spread.of(series.values(way, LibraryProcess.Measured::cpuNanosPerQuery)).median() / 1e3,
                        Spread.of(series.values(way, LibraryProcess.Measured::p50Nanos)).median() / 1e3,
                        Spread.of(series.values(way, LibraryProcess.Measured::p99Nanos)).median() / 1e3,
                        Spread.of(series.values(way, LibraryProcess.Measured::worstLatenessNanos)).median() / 1e6));
            }
        }
    }

    private void tls() throws IOException {
        for (TlsSeries.Kind kind : TlsSeries.Kind.values()) {
            if (settings.wants(kind.name().toLowerCase(Locale.ROOT), kind == TlsSeries.Kind.TLS1K)) {
                results.tls.add(TlsSeries.take(settings, kind));
            }
        }
        for (TlsSeries series : results.tls) {
            for (TlsWay way : TlsWay.values()) {
                Progress.say(String.format(Locale.ROOT, "%s, %s: %.2f µs of CPU, %.0f bytes, %.0f a second, timer late"
                        + " by %.1f ms, longest hold %.1f ms", series.kind().title, way.title,
                        Spread.of(series.values(way, TlsSeries.Measured::cpuNanos)).median() / 1e3,
                        Spread.of(series.values(way, TlsSeries.Measured::bytes)).median(),
                        Spread.of(series.values(way, TlsSeries.Measured::perSecond)).median(),
                        Spread.of(series.values(way, TlsSeries.Measured::worstLatenessNanos)).median() / 1e6,
                        Spread.of(series.values(way, TlsSeries.Measured::longestHoldNanos)).median() / 1e6));
            }
        }
    }

    private void commands() throws IOException {
        for (int depth : COMMAND_DEPTHS) {
            if (settings.wants("commands" + depth, depth == 1)) {
                String missing = CommandSeries.missing();
                if (missing != null) {
                    Progress.say("commands need " + missing);
                    return;
                }
                results.commands.addAll(CommandSeries.take(settings, depth));
            }
        }
        for (CommandSeries series : results.commands) {
            StringBuilder line = new StringBuilder(series.command() + ", " + series.depth() + " deep, µs of CPU:");
            for (CommandServer.Kind server : CommandServer.Kind.values()) {
                line.append(String.format(Locale.ROOT, "  %s %.2f", server.title,
                        Spread.of(series.cpuNanos(server)).median() / 1e3));
            }
            Progress.say(line.toString());
        }
    }

    private void measure(List<Scenario> scenarios, String transport, List<RunningServer> servers, int rounds)
            throws IOException {
        for (Scenario scenario : scenarios) {
            Series series = Series.take(settings, scenario, transport, servers, rounds);
            results.series.add(series);
            StringBuilder line = new StringBuilder(scenario.name() + " " + transport + ", µs of CPU per message:");
            for (RunningServer server : servers) {
                double[] nanos = series.values(server.server(), Measurement::cpuNanosPerMessage);
                line.append(String.format(Locale.ROOT, "  %s %.2f", server.server().title,
                        Spread.of(nanos).median() / 1000));
            }
            Progress.say(line.toString());
        }
    }

    private void allocations() throws IOException {
        if (settings.wants("allocations", false)) {
            for (String collector : List.of("Serial", "G1")) {
                for (Server server : List.of(Server.CALLBACK, Server.TASK)) {
                    results.allocations.add(Allocations.measure(settings, collector, "unix", server));
                    Progress.say("allocations, " + collector + ": " + server.title);
                }
            }
        }
    }

    private void idleMemory() throws IOException {
        if (settings.wants("idle", false)) {
            for (Server server : List.of(Server.C, Server.CALLBACK, Server.TASK, Server.NETTY, Server.SELECTOR,
                    Server.VIRTUAL)) {
                results.idleMemory.add(IdleMemory.measure(settings, server));
                Progress.say("idle connections: " + server.title);
            }
        }
    }

    private void httpIdle() throws IOException {
        if (settings.wants("httpidle", false)) {
            for (Server server : List.of(Server.HTTP_CALLBACK, Server.HTTP_TASK)) {
                HttpIdle idle = HttpIdle.measure(settings, server);
                results.httpIdle.add(idle);
                Progress.say(String.format(Locale.ROOT, "%d connections, %s: %.0f bytes of heap and %.0f native ones"
                        + " each, p99 %.2f of that without the idle ones", idle.connections(), server.title,
                        idle.heapBytesPerConnection(), idle.nativeBytesPerConnection(), idle.ratios().median()));
            }
        }
    }

    private static void print(List<Bar> bars) {
        for (Bar bar : bars) {
            System.out.printf(Locale.ROOT, "%-20s %10.3f  (%.3f to %.3f; limit %.2f, noise %.3f)  %s, %s%n",
                    bar.verdict(), bar.measured().median(), bar.measured().low(), bar.measured().high(), bar.limit(),
                    bar.noise(), bar.what(), bar.unit());
        }
    }
}
