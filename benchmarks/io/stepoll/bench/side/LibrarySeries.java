package io.stepoll.bench.side;

import io.stepoll.bench.libraries.Way;
import io.stepoll.bench.libraries.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** The {@link Interleaved} rounds of one work, in each of which all ways are measured. */
record LibrarySeries(Work work, List<List<LibraryProcess.Measured>> rounds) {
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
            Set<Integer> cpus = Set.of(settings.serverCpu(), settings.loadCpu());
            return new LibrarySeries(work, Interleaved.rounds(settings, work.name(), clients,
                    client -> client.measure(settings.millis(), cpus, pid), LibraryProcess.Measured::disturbed));
        } finally {
            clients.forEach(LibraryProcess::close);
        }
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
