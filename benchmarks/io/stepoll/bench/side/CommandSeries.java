package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One command of Redis, one at a time or pipelined, by redis-benchmark, in {@link Interleaved} rounds.
 *
 * @param command as redis-benchmark names it
 * @param depth how many commands each of its 50 connections has under way
 */
record CommandSeries(String command, int depth, List<List<CommandSeries.Measured>> rounds) {
    private static final List<String> COMMANDS = List.of("get", "set", "incr", "lpush");
    private static final double DISTURBED_SHARE = 0.10;
    private static final int FIRST_REQUESTS = 20_000;
    private static final int QUICK_REQUESTS = 2_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** One measurement. */
    record Measured(CommandServer.Kind server, double cpuNanos, double perSecond, boolean disturbed) {}

    /** {@return what is missing for the measurement; null for nothing} */
    static String missing() throws IOException {
        boolean there = Children.output("sh", "-c", "command -v redis-server redis-benchmark") != null;
        return there ? null : "redis-server and redis-benchmark";
    }

    /** {@return the series of all commands} */
    static List<CommandSeries> take(Settings settings, int depth) throws IOException {
        List<CommandServer> servers = new ArrayList<>();
        try {
            for (CommandServer.Kind kind : CommandServer.Kind.values()) {
                servers.add(new CommandServer(settings, kind));
            }
            List<CommandSeries> all = new ArrayList<>();
            for (String command : COMMANDS) { // all are warm before any is measured: they share code
                warm(settings, servers.getFirst(), command, depth);
            }
            for (String command : COMMANDS) {
                all.add(take(settings, servers, command, depth));
            }
            return all;
        } finally {
            servers.forEach(CommandServer::close);
        }
    }

    private static void warm(Settings settings, CommandServer server, String command, int depth) throws IOException {
        int requests = requests(settings, server, command, depth, settings.quick() ? 1 : 1000);
        WarmUp.load(settings, server.pid(), _ -> load(settings, server, command, depth, requests));
    }

    /** {@return about how many requests take so long} */
    private static int requests(Settings settings, CommandServer server, String command, int depth, int millis)
            throws IOException {
        if (settings.quick()) {
            return QUICK_REQUESTS;
        }
        int requests = FIRST_REQUESTS;
        long start = System.nanoTime();
        load(settings, server, command, depth, requests);
        long nanos = System.nanoTime() - start;
        return (int) Math.max(requests, requests * (millis * NANOS_PER_MILLI) / nanos);
    }

    private static void load(Settings settings, CommandServer server, String command, int depth, int requests)
            throws IOException {
        server.ask("DEL mylist"); // to which all pushes go
        Children.run("setpriv", "--pdeathsig", "KILL", "taskset", "-c", Integer.toString(settings.loadCpu()),
                "redis-benchmark", "-p", Integer.toString(server.port), "-t", command, "-P", Integer.toString(depth),
                "-n", Integer.toString(requests), "-q");
    }

    private static CommandSeries take(Settings settings, List<CommandServer> servers, String command, int depth)
            throws IOException {
        for (CommandServer server : servers) {
            server.ask("SET key:__rand_int__ xxx"); // which redis-benchmark gets
            server.ask("SET counter:__rand_int__ 0");
        }
        int requests = requests(settings, servers.getFirst(), command, depth, settings.millis());
        return new CommandSeries(command, depth, Interleaved.rounds(settings, command + " P" + depth, servers,
                server -> measure(settings, server, command, depth, requests), Measured::disturbed));
    }

    private static Measured measure(Settings settings, CommandServer server, String command, int depth, int requests)
            throws IOException {
        Set<Integer> cpus = Set.of(settings.serverCpu(), settings.loadCpu());
        Accounts.Processors before = Accounts.Processors.now(cpus);
        long loadCpu = Accounts.endedChildrenNanos();
        long cpu = Accounts.cpuNanos(server.pid());
        long start = System.nanoTime();
        load(settings, server, command, depth, requests);
        long nanos = System.nanoTime() - start;
        cpu = Accounts.cpuNanos(server.pid()) - cpu;
        loadCpu = Accounts.endedChildrenNanos() - loadCpu;
        Accounts.Processors after = Accounts.Processors.now(cpus);
        double foreign = after.busyNanos() - before.busyNanos() - cpu - loadCpu;
        return new Measured(server.kind, (double) cpu / requests, requests * 1e9 / nanos,
                foreign > DISTURBED_SHARE * nanos
                        || after.stolenNanos() - before.stolenNanos() > DISTURBED_SHARE * nanos);
    }

    double[] cpuNanos(CommandServer.Kind server) {
        return rounds.stream().mapToDouble(round -> round.stream().filter(measured -> measured.server() == server)
                .findFirst().orElseThrow().cpuNanos()).toArray();
    }

    /** {@return the ratios of the example's CPU time to redis-server's, round by round} */
    Spread ratios() {
        return Spread.ofRatios(cpuNanos(CommandServer.Kind.EXAMPLE), cpuNanos(CommandServer.Kind.REDIS));
    }

    /** {@return how far two equal servers differ} */
    double noise() {
        return Spread.ofRatios(cpuNanos(CommandServer.Kind.REDIS_AGAIN), cpuNanos(CommandServer.Kind.REDIS))
                .farthestFrom(1);
    }
}
