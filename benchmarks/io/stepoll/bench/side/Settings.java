package io.stepoll.bench.side;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * How the servers are measured. The pom sets the system properties: {@code bench} ({@code quick} only checks that all
 * servers work), {@code bench.rounds}, {@code bench.millis} (the length of a measurement), {@code bench.scenarios}
 * (names with commas between; all by default), {@code bench.transports} ({@code tcp}, {@code unix} or {@code udp}, as
 * there; of echo servers), {@code bench.collector} ({@code Serial} or {@code G1}).
 */
record Settings(boolean quick, int rounds, Set<String> scenarios, Set<String> transports, String collector, int millis,
        int warmMillis, int serverCpu, int loadCpu, Path programs, Path output) {
    private static final int WARM_MILLIS = 4000; // the least for each JVM: see WarmUp
    private static final int QUICK_WARM_MILLIS = 200;

    static Settings read() throws IOException {
        boolean quick = property("bench").equals("quick");
        List<Integer> processors = Accounts.allowedProcessors();
        Path output = Path.of("target", "bench");
        return new Settings(
                quick,
                Integer.parseInt(property("bench.rounds")),
                names("bench.scenarios"),
                names("bench.transports"),
                property("bench.collector"),
                Integer.parseInt(property("bench.millis")),
                quick ? QUICK_WARM_MILLIS : WARM_MILLIS,
                processors.getFirst(),
                processors.get(Math.min(1, processors.size() - 1)),
                output.resolve("c").toAbsolutePath(),
                output.toAbsolutePath());
    }

    private static Set<String> names(String property) {
        String names = System.getProperty(property, "");
        return names.isBlank() ? Set.of() : Set.of(names.toLowerCase(Locale.ROOT).split(","));
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), name);
    }

    /** {@return whether a scenario is to be measured} A quick run measures quick ones, and those selected by name. */
    boolean wants(String scenario, boolean isQuick) {
        return scenarios.isEmpty() ? !quick || isQuick : scenarios.contains(scenario);
    }

    /** {@return whether echo servers are to be measured on a transport} */
    boolean wantsTransport(String transport) {
        return transports.isEmpty() || transports.contains(transport);
    }

    /** {@return the flags of every JVM, whatever server it runs} */
    List<String> jvmFlags() {
        return jvmFlags(collector);
    }

    List<String> jvmFlags(String otherCollector) {
        return List.of("-Xmx256m", "-XX:+Use" + otherCollector + "GC", "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-Djdk.virtualThreadScheduler.parallelism=1");
    }
}
