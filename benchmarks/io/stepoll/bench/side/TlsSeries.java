package io.stepoll.bench.side;

import io.stepoll.bench.tls.TlsEchoServer;
import io.stepoll.bench.tls.TlsLoad;
import io.stepoll.bench.tls.TlsWay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Servers of TLS, each in its own process on one processor, with one kind of load, in {@link Interleaved} rounds. */
record TlsSeries(Kind kind, List<List<TlsSeries.Measured>> rounds) {
    private static final double DISTURBED_SHARE = 0.10;

    /** What the load does. */
    enum Kind {
        TLS1K("echo of 1 KiB", "echo %d 1024 %d"),
        TLS16K("echo of 16 KiB", "echo %d 16384 %d"),
        TLSHANDSHAKES("full handshakes, 8 at a time", "handshakes %d %d"),
        TLSBURST("200 handshakes at once", "burst %d 200");

        final String title;
        private final String line;

        Kind(String title, String line) {
            this.title = title;
            this.line = line;
        }
    }

    /**
     * One measurement: of a message or a handshake; how late a timer of 1 ms was at worst, and how much the loop worked
     * at most between two of its ticks.
     */
    record Measured(TlsWay way, double cpuNanos, double bytes, double perSecond, double worstLatenessNanos,
            double longestHoldNanos, boolean disturbed) {}

    static TlsSeries take(Settings settings, Kind kind) throws IOException {
        String keys = keys(settings);
        Map<TlsWay, TlsProcess> servers = new EnumMap<>(TlsWay.class);
        try (TlsProcess load = new TlsProcess(settings, settings.loadCpu(), TlsLoad.class, keys)) {
            for (TlsWay way : TlsWay.values()) {
                TlsProcess server = new TlsProcess(settings, settings.serverCpu(), TlsEchoServer.class, way.name(),
                        keys);
                servers.put(way, server);
                WarmUp.load(settings, server.pid(), millis -> load(load, server, kind, millis));
            }
            return new TlsSeries(kind, Interleaved.rounds(settings, kind.name(), List.of(TlsWay.values()),
                    way -> measure(settings, kind, load, way, servers.get(way)), Measured::disturbed));
        } finally {
            servers.values().forEach(TlsProcess::close);
        }
    }

    /** A store with a key of the kind that most servers have by now: of a curve. */
    private static String keys(Settings settings) throws IOException {
        Path store = settings.output().resolve("keys.p12");
        if (!Files.exists(store)) {
            Files.createDirectories(settings.output());
            Children.run(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
                    "-alias", "own", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=localhost", "-storetype",
                    "PKCS12", "-storepass", "changeit", "-keystore", store.toString());
        }
        return store.toString();
    }

    private static long load(TlsProcess load, TlsProcess server, Kind kind, int millis) throws IOException {
        return Long.parseLong(load.ask(String.format(kind.line, port(server), millis)));
    }

    private static int port(TlsProcess server) {
        return Integer.parseInt(server.ready.split(" ")[1]);
    }

    private static Measured measure(Settings settings, Kind kind, TlsProcess load, TlsWay way, TlsProcess server)
            throws IOException {
        Set<Integer> cpus = Set.of(settings.serverCpu(), settings.loadCpu());
        double bytes = Double.parseDouble(server.ask("").split(" ")[2]);
        Accounts.Processors before = Accounts.Processors.now(cpus);
        long cpu = Accounts.cpuNanos(server.pid());
        long loadCpu = Accounts.cpuNanos(load.pid());
        long start = System.nanoTime();
        double count = load(load, server, kind, settings.millis());
        long nanos = System.nanoTime() - start;
        cpu = Accounts.cpuNanos(server.pid()) - cpu;
        loadCpu = Accounts.cpuNanos(load.pid()) - loadCpu;
        Accounts.Processors after = Accounts.Processors.now(cpus);
        String[] figures = server.ask("").split(" ");
        double foreign = after.busyNanos() - before.busyNanos() - cpu - loadCpu;
        return new Measured(way, cpu / count, (Double.parseDouble(figures[2]) - bytes) / count, count / nanos * 1e9,
                Double.parseDouble(figures[0]), Double.parseDouble(figures[1]), foreign > DISTURBED_SHARE * nanos
                        || after.stolenNanos() - before.stolenNanos() > DISTURBED_SHARE * nanos);
    }

    double[] values(TlsWay way, ToDoubleFunction<Measured> metric) {
        return rounds.stream().mapToDouble(round -> metric.applyAsDouble(round.stream()
                .filter(measured -> measured.way() == way).findFirst().orElseThrow())).toArray();
    }

    /** {@return the ratios of one way's figure to another's, round by round} */
    Spread ratios(TlsWay way, TlsWay base, ToDoubleFunction<Measured> metric) {
        return Spread.ofRatios(values(way, metric), values(base, metric));
    }

    /** {@return how far two equal ways differ} */
    double noise(ToDoubleFunction<Measured> metric) {
        return ratios(TlsWay.JDK_AGAIN, TlsWay.JDK, metric).farthestFrom(1);
    }
}
