package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The time from exec of a server to its first answer, in interleaved rounds. */
record Starts(Map<Server, List<Double>> millis) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final List<Server> SERVERS =
            List.of(Server.C, Server.CALLBACK, Server.TASK, Server.NETTY, Server.SELECTOR, Server.VIRTUAL);

    static Starts take(Settings settings) throws IOException {
        Map<Server, List<Double>> millis = new EnumMap<>(Server.class);
        for (int round = 1; round <= settings.rounds(); round++) {
            for (Server server : SERVERS) {
                millis.computeIfAbsent(server, first -> new ArrayList<>()).add(once(settings, server));
            }
            Progress.round("start tcp", round, settings.rounds(), false, true);
        }
        return new Starts(millis);
    }

    private static double once(Settings settings, Server server) throws IOException {
        String address = RunningServer.freeAddress("tcp", server);
        List<String> options = new ArrayList<>(List.of("--"));
        options.addAll(server.command(address, settings.programs(), settings.jvmFlags()));
        try (Load load = Load.start(settings, "start", address, options)) {
            load.measure();
            return load.result().nanos() / NANOS_PER_MILLI;
        }
    }

    /** {@return the ratios of one server's time to another's, round by round} */
    Spread ratios(Server server, Server base) {
        return Spread.ofRatios(values(server), values(base));
    }

    private double[] values(Server server) {
        return millis.get(server).stream().mapToDouble(Double::doubleValue).toArray();
    }
}
