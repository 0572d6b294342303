package io.stepoll.bench.side;

import java.util.ArrayList;
import java.util.List;

/** A way to load a server: the options of the load generator, and its processor. */
record Scenario(String name, String title, String mode, int connections, int ratePerSecond, int depth,
        boolean sameCpu, boolean spins) {
    static final Scenario ONE = closed("pp1same", 1, true);
    static final Scenario MANY = closed("pp64", 64, false);
    static final Scenario OPEN = new Scenario("ol50k", "64 connections, open loop at 50 000 messages a second", "open",
            64, 50_000, 1, false, true);
    static final Scenario CHURN = new Scenario("churn", "connect, one message, close", "churn", 1, 0, 1, false, false);
    static final Scenario DATAGRAMS = new Scenario("udp", "datagrams, 64 in flight", "udp", 1, 0, 1, false, false);
    static final Scenario SPIN = new Scenario("spin", "one connection, spinning client", "closed", 1, 0, 1, false,
            true);
    static final Scenario HTTP = new Scenario("http", "64 connections, HTTP", "http", 64, 0, 1, false, false);
    static final Scenario HTTP_PIPELINED =
            new Scenario("http16", "64 connections, HTTP, 16 requests pipelined", "http", 64, 0, 16, false, false);

    /** The scenarios for the plot over the number of connections. */
    static final List<Scenario> SCALING =
            List.of(closed("conns1", 1, false), closed("conns4", 4, false), closed("conns16", 16, false),
                    closed("conns64", 64, false), closed("conns256", 256, false));

    private static Scenario closed(String name, int connections, boolean sameCpu) {
        String title = (connections == 1 ? "one connection" : connections + " connections")
                + (sameCpu ? ", client on the server's processor" : "");
        return new Scenario(name, title, "closed", connections, 0, 1, sameCpu, false);
    }

    int loadCpu(Settings settings) {
        return sameCpu ? settings.serverCpu() : settings.loadCpu();
    }

    /** {@return the options of the load generator} */
    List<String> options(Settings settings, int warmMillis, int millis) {
        List<String> options = new ArrayList<>(List.of("cpu=" + loadCpu(settings), "connections=" + connections,
                "warm=" + warmMillis, "millis=" + millis, "window=64", "spin=" + (spins ? 1 : 0)));
        if (mode.equals("http")) {
            options.add("depth=" + depth);
        }
        if (ratePerSecond != 0) {
            options.add("rate=" + ratePerSecond);
        }
        return options;
    }
}
