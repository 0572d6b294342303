package io.stepoll.bench.side;

import io.stepoll.bench.libraries.Way;
import io.stepoll.bench.libraries.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The rounds of one work, in each of which all ways are measured, in turn. Rounds that others have disturbed are taken
 * again, as those of a {@link Series} are.
 */
record LibrarySeries(Work work, List<List<LibraryProcess.Measured>> rounds) {
    private static final int TRIES_DIVISOR = 3;

    /** @param pid of the server, which the other processor runs */
    static LibrarySeries take(Settings settings, Work work, int port, long pid) throws IOException {
        List<LibraryProcess> clients = new ArrayList<>();
        try {
            for (Way way : Way.values()) {
                clients.add(new LibraryProcess(settings, work, way, port));
            }
            for (LibraryProcess client : clients) {
                client.warm(settings);
            }
            return new LibrarySeries(work, rounds(settings, work, clients, pid));
        } finally {
            clients.forEach(LibraryProcess::close);
        }
    }

    private static List<List<LibraryProcess.Measured>> rounds(Settings settings, Work work,
            List<LibraryProcess> clients, long pid) throws IOException {
        Set<Integer> cpus = Set.of(settings.serverCpu(), settings.loadCpu());
        List<List<LibraryProcess.Measured>> kept = new ArrayList<>();
        int tries = settings.rounds() / TRIES_DIVISOR;
        for (int number = 0; kept.size() < settings.rounds(); number++) {
            List<LibraryProcess> turn = new ArrayList<>(clients);
            Collections.rotate(turn, -number);
            List<LibraryProcess.Measured> round = new ArrayList<>();
            for (LibraryProcess client : turn) {
                round.add(client.measure(settings.millis(), cpus, pid));
            }
            boolean disturbed = round.stream().anyMatch(LibraryProcess.Measured::disturbed);
            boolean keep = !disturbed || tries-- <= 0;
            if (keep) {
                kept.add(round);
            }
            Progress.round(work.name(), keep ? kept.size() : kept.size() + 1, settings.rounds(), disturbed, keep);
        }
        return kept;
    }

    double[] values(Way way, ToDoubleFunction<LibraryProcess.Measured> metric) {
        return rounds.stream().mapToDouble(round -> metric.applyAsDouble(round.stream()
                .filter(measured -> measured.way() == way).findFirst().orElseThrow())).toArray();
    }

    /** {@return the ratios of one way's figure to another's, round by round} */
    Spread ratios(Way way, Way base, ToDoubleFunction<LibraryProcess.Measured> metric) {
        return Spread.ofRatios(values(way, metric), values(base, metric));
    }

    /** {@return how far two equal ways differ} */
    double noise(ToDoubleFunction<LibraryProcess.Measured> metric) {
        return ratios(Way.LOOP_AGAIN, Way.LOOP, metric).farthestFrom(1);
    }
}
