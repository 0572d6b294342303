package io.stepoll.bench.side;

import java.util.List;

/**
 * One measurement of each server, one after the other.
 *
 * @param kept whether it counts
 * @param disturbed whether other work has taken too much of the processors; such a round counts if no tries are left
 */
record Round(int number, boolean kept, boolean disturbed, List<Measurement> measurements) {
    Measurement of(Server server) {
        return measurements.stream().filter(measurement -> measurement.server() == server).findFirst().orElse(null);
    }
}
