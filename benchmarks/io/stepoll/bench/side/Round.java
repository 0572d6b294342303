package io.stepoll.bench.side;

import java.util.List;

/** One measurement of each server, one after the other. */
record Round(int number, boolean kept, List<Measurement> measurements) {
    Measurement of(Server server) {
        return measurements.stream().filter(measurement -> measurement.server() == server).findFirst().orElse(null);
    }
}
