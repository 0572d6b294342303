package io.stepoll.bench.side;

import io.stepoll.bench.libraries.Way;
import io.stepoll.bench.tls.TlsWay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The targets of the library beside its peers. Only what was measured is judged. */
final class Bars {
    private static final String RATIO = "ratio";
    private static final List<Server> OURS = List.of(Server.CALLBACK, Server.TASK);
    private static final List<String> STREAMS = List.of("tcp", "unix");
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Results results;
    private final List<Bar> bars = new ArrayList<>();

    private Bars(Results results) {
        this.results = results;
    }

    static List<Bar> of(Results results) {
        Bars bars = new Bars(results);
        for (String transport : STREAMS) {
            for (Scenario scenario : List.of(Scenario.ONE, Scenario.MANY, Scenario.OPEN)) {
                bars.cpu(scenario, transport, Server.CALLBACK, Server.C, 1.03);
                bars.cpu(scenario, transport, Server.TASK, Server.C, 1.08);
                bars.cpu(scenario, transport, Server.CALLBACK, Server.NETTY, 0.88);
                bars.cpu(scenario, transport, Server.TASK, Server.NETTY, 0.92);
            }
            for (Server server : OURS) {
                bars.cpu(Scenario.CHURN, transport, server, Server.C, 1.10);
                bars.cpu(Scenario.CHURN, transport, server, Server.NETTY, 0.85);
                bars.calls(Scenario.ONE, transport, server, 0.05);
                bars.calls(Scenario.MANY, transport, server, 0.05);
                bars.calls(Scenario.CHURN, transport, server, 1);
            }
        }
        for (Server server : OURS) {
            bars.cpu(Scenario.DATAGRAMS, "udp", server, Server.C, 1.08);
            bars.cpu(Scenario.DATAGRAMS, "udp", server, Server.NETTY_UDP_BATCH, 0.95);
        }
        bars.http(Scenario.HTTP, 0.92, 0.85);
        bars.http(Scenario.HTTP_PIPELINED, 0.75, 0.65);
        for (Server server : List.of(Server.CALLBACK_SPIN, Server.TASK_SPIN)) {
            bars.median(server, Server.C_SPIN, 1.10);
            bars.median(server, Server.C, 0.50);
        }
        results.httpIdle.forEach(bars::httpIdle);
        results.libraries.forEach(bars::library);
        results.tls.forEach(bars::tls);
        results.commands.forEach(bars::command);
        bars.singleFigures();
        bars.starts();
        return bars.bars;
    }

    private void httpIdle(HttpIdle idle) {
        bars.add(Bar.of("p99 of 100 active connections beside 9900 idle ones to that without them: "
                + idle.server().title, RATIO, 1.2, idle.ratios(), 0));
    }

    private void http(Scenario scenario, double tasksToNetty, double callbacksToNetty) {
        cpu(scenario, "tcp", Server.HTTP_TASK, Server.HTTP_NETTY, tasksToNetty);
        cpu(scenario, "tcp", Server.HTTP_CALLBACK, Server.HTTP_NETTY, callbacksToNetty);
        cpu(scenario, "tcp", Server.HTTP_TASK, Server.HTTP_C, 1.15);
        cpu(scenario, "tcp", Server.HTTP_CALLBACK, Server.HTTP_C, 1.15);
    }

    private void cpu(Scenario scenario, String transport, Server server, Server base, double limit) {
        ratio("CPU per " + (scenario == Scenario.CHURN ? "connection" : "message"), scenario, transport, server, base,
                limit, Measurement::cpuNanosPerMessage);
    }

    private void tls(TlsSeries series) {
        if (series.kind() == TlsSeries.Kind.TLSBURST) {
            for (TlsWay way : List.of(TlsWay.JDK, TlsWay.CONSCRYPT)) {
                double[] millis = Arrays.stream(series.values(way, TlsSeries.Measured::longestHoldNanos))
                        .map(nanos -> nanos / NANOS_PER_MILLI).toArray();
                bars.add(Bar.of("longest hold of the loop, " + series.kind().title + ": " + way.title, "ms", 5,
                        Spread.of(millis), 0));
            }
            return;
        }
        tls(series, TlsWay.JDK, TlsWay.NETTY_JDK, 0.95);
        tls(series, TlsWay.CONSCRYPT, TlsWay.NETTY_OPENSSL, 1.0);
    }

    private void tls(TlsSeries series, TlsWay way, TlsWay base, double limit) {
        bars.add(Bar.of("CPU, " + series.kind().title + ": " + way.title + " to " + base.title, RATIO, limit,
                series.ratios(way, base, TlsSeries.Measured::cpuNanos), series.noise(TlsSeries.Measured::cpuNanos)));
    }

    private void command(CommandSeries series) {
        bars.add(Bar.of("CPU per command, " + series.command() + ", " + series.depth() + " deep: "
                + CommandServer.Kind.EXAMPLE.title + " to " + CommandServer.Kind.REDIS.title, RATIO,
                series.depth() == 1 ? 1.0 : 0.9, series.ratios(), series.noise()));
    }

    private void library(LibrarySeries series) {
        switch (series.work()) {
            case JDBC, REDIS -> {
                library(series, "CPU per query", Way.JDK_SOCKETS, 0.85, LibraryProcess.Measured::cpuNanosPerQuery);
                library(series, "CPU per query", Way.CARRIER, 0.90, LibraryProcess.Measured::cpuNanosPerQuery);
                library(series, "p99", Way.JDK_SOCKETS, 0.50, LibraryProcess.Measured::p99Nanos);
                library(series, "p99", Way.CARRIER, 0.50, LibraryProcess.Measured::p99Nanos);
            }
            case BULK -> library(series, "worst lateness of a timer of 5 ms", Way.JDK_SOCKETS, 0.50,
                    LibraryProcess.Measured::worstLatenessNanos);
        }
    }

    private void library(LibrarySeries series, String what, Way base, double limit,
            ToDoubleFunction<LibraryProcess.Measured> metric) {
        bars.add(Bar.of(what + ", " + series.work() + ": to " + base.title, RATIO, limit,
                series.ratios(Way.LOOP, base, metric), series.noise(metric)));
    }

    private void median(Server server, Server base, double limit) {
        ratio("p50", Scenario.SPIN, "tcp", server, base, limit, Measurement::p50Nanos);
    }

    private void ratio(String what, Scenario scenario, String transport, Server server, Server base, double limit,
            ToDoubleFunction<Measurement> metric) {
        results.series(scenario, transport).filter(series -> series.has(server) && series.has(base)).ifPresent(series ->
                bars.add(Bar.of(what + ", " + scenario.name() + " " + transport + ": " + server.title + " to "
                        + base.title, RATIO, limit, series.ratios(server, base, metric), series.noise(metric))));
    }

    /**
     * Adds the bars of system calls beyond those of C. The counts are exact; only the number of messages that one poll
     * finds varies. The noise is therefore the difference between the two C servers.
     */
    private void calls(Scenario scenario, String transport, Server server, double more) {
        Optional<Syscalls> ours = results.syscalls(scenario, transport, server);
        Optional<Syscalls> c = results.syscalls(scenario, transport, Server.C);
        Optional<Syscalls> again = results.syscalls(scenario, transport, Server.C_AGAIN);
        if (ours.isPresent() && c.isPresent() && again.isPresent()) {
            String where = ", " + scenario.name() + " " + transport + ": " + server.title;
            double noise = Math.abs(again.get().callsPerMessage() - c.get().callsPerMessage());
            bars.add(Bar.of("system calls beyond C's" + where, "calls", more,
                    Spread.of(ours.get().callsPerMessage() - c.get().callsPerMessage()), noise));
            if (scenario != Scenario.CHURN) {
                bars.add(Bar.of("epoll_ctl" + where, "calls", 0, Spread.of(ours.get().epollCtls()), 0));
            }
        }
    }

    private void singleFigures() {
        for (UserTime time : results.userTimes) {
            if (time.server() == Server.TASK) {
                bars.add(Bar.of("time outside the kernel per message, " + time.scenario() + " " + time.transport()
                        + ": " + time.server().title, "µs", 0.30,
                        Spread.of(time.userNanosPerMessage() / NANOS_PER_MICRO),
                        Math.abs(userNanos(time, Server.C_AGAIN) - userNanos(time, Server.C)) / NANOS_PER_MICRO));
            }
        }
        for (IdleMemory memory : results.idleMemory) {
            if (OURS.contains(memory.server())) {
                bars.add(Bar.of("heap and native bytes per idle connection: " + memory.server().title, "bytes",
                        memory.server() == Server.TASK ? 1200 : 400, Spread.of(memory.bytesPerConnection()), 0));
            }
        }
        for (Allocations allocations : results.allocations) {
            bars.add(Bar.of("bytes allocated per message, " + allocations.collector() + " " + allocations.transport()
                    + ": " + allocations.server().title, "bytes", 0.01, Spread.of(allocations.bytesPerMessage()), 0));
        }
    }

    /** {@return the time of another server in the same run} */
    private double userNanos(UserTime time, Server server) {
        return results.userTimes.stream()
                .filter(each -> each.server() == server && each.scenario().equals(time.scenario())
                        && each.transport().equals(time.transport()))
                .mapToDouble(UserTime::userNanosPerMessage)
                .findFirst()
                .orElseThrow();
    }

    private void starts() {
        for (Starts starts : results.starts) {
            for (Server server : OURS) {
                bars.add(Bar.of("start to first answer: " + server.title + " to " + Server.NETTY.title, RATIO, 0.35,
                        starts.ratios(server, Server.NETTY), 0));
                bars.add(Bar.of("start to first answer: " + server.title + " to " + Server.SELECTOR.title, RATIO, 1.25,
                        starts.ratios(server, Server.SELECTOR), 0));
            }
        }
    }
}
