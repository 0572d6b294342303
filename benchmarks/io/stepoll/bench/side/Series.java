package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * The rounds of one scenario on one transport. The number of rounds that count is declared beforehand. A round that
 * other processes disturbed is reported and taken again, for at most a third of that number.
 */
record Series(Scenario scenario, String transport, List<Round> rounds) {
    private static final int TRIES_DIVISOR = 3;

    static Series take(Settings settings, Scenario scenario, String transport, List<RunningServer> servers, int rounds)
            throws IOException {
        List<Round> all = new ArrayList<>();
        int tries = rounds / TRIES_DIVISOR;
        for (int kept = 0; kept < rounds;) {
            List<RunningServer> turn = new ArrayList<>(servers);
            Collections.rotate(turn, -all.size()); // no server is always first, or always after the same one
            List<Measurement> measurements = new ArrayList<>();
            for (RunningServer server : turn) {
                measurements.add(Measurement.take(settings, scenario, server));
            }
            boolean disturbed = measurements.stream().anyMatch(Measurement::disturbed);
            boolean keep = !disturbed || tries-- <= 0;
            Round round = new Round(all.size() + 1, keep, disturbed, measurements);
            all.add(round);
            if (keep) {
                kept++;
            }
            Progress.round(scenario.name() + " " + transport, keep ? kept : kept + 1, rounds, disturbed, keep);
        }
        return new Series(scenario, transport, all);
    }

    List<Round> kept() {
        return rounds.stream().filter(Round::kept).toList();
    }

    boolean has(Server server) {
        return rounds.getFirst().of(server) != null;
    }

    double[] values(Server server, ToDoubleFunction<Measurement> metric) {
        return kept().stream().mapToDouble(round -> metric.applyAsDouble(round.of(server))).toArray();
    }

    /** {@return the ratios of one server's figure to another's, round by round} */
    Spread ratios(Server server, Server base, ToDoubleFunction<Measurement> metric) {
        return Spread.ofRatios(values(server, metric), values(base, metric));
    }

    /** {@return how far two equal servers differ; 0 if there are no two} */
    double noise(ToDoubleFunction<Measurement> metric) {
        if (has(Server.HTTP_C_AGAIN)) {
            return ratios(Server.HTTP_C_AGAIN, Server.HTTP_C, metric).farthestFrom(1);
        }
        return has(Server.C_AGAIN) ? ratios(Server.C_AGAIN, Server.C, metric).farthestFrom(1) : 0;
    }

    Histogram latencies(Server server) {
        List<Histogram> each = kept().stream().map(round -> round.of(server).latencies()).toList();
        Histogram all = new Histogram(each.getFirst());
        each.forEach(all::add);
        return all;
    }
}
