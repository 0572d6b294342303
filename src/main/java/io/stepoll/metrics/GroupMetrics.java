package io.stepoll.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * What the loops of a group have done.
 *
 * @param sum of all of them, by the name of the group; see {@link Metric.Kind} for what the sum of a number is
 * @param loops of each, in the order of the group's loops
 * @since 0.1.0
 */
public record GroupMetrics(LoopMetrics sum, List<LoopMetrics> loops) {
    /**
     * Makes the metrics of a group.
     *
     * @param sum of all loops
     * @param loops of each
     */
    public GroupMetrics {
        loops = List.copyOf(loops);
    }

    /**
     * Returns what has happened since an earlier snapshot.
     *
     * @param earlier an earlier snapshot of the same group
     * @return the difference; see {@link LoopMetrics#minus}
     * @throws IllegalArgumentException if it is of another group, or not an earlier one
     */
    public GroupMetrics minus(GroupMetrics earlier) {
        if (earlier.loops.size() != loops.size()) {
            throw new IllegalArgumentException(earlier.sum.name() + " has " + earlier.loops.size() + " loops, and "
                    + sum.name() + " has " + loops.size());
        }
        List<LoopMetrics> each = new ArrayList<>();
        for (int i = 0; i < loops.size(); i++) {
            each.add(loops.get(i).minus(earlier.loops.get(i)));
        }
        return new GroupMetrics(sum.minus(earlier.sum), each);
    }
}
