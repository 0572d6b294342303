package io.stepoll.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random runs of several loops, from a seed each, against the model of this package. A seed gives the same run each
 * time: time is virtual, and one thread steps all loops.
 *
 * <ul>
 * <li>{@code -Dprotocol.seeds=10000} makes so many runs; by default 200.
 * <li>{@code -Dprotocol.first=5000} begins with this seed; by default with 1.
 * <li>{@code -Dprotocol.seed=77} repeats one run.
 * </ul>
 */
@Timeout(value = 1, unit = java.util.concurrent.TimeUnit.HOURS)
class ProtocolTest {
    private static final int SEEDS = 200;
    private static final int SHOWN = 400;
    private static final int SHOWN_EVERY = 1000;

    @Test
    void randomRuns() {
        Long one = Long.getLong("protocol.seed");
        long first = one != null ? one : Long.getLong("protocol.first", 1);
        long seeds = one != null ? 1 : Long.getLong("protocol.seeds", SEEDS);
        System.out.println("protocol runs: -Dprotocol.first=" + first + " -Dprotocol.seeds=" + seeds);
        for (long seed = first; seed < first + seeds; seed++) {
            if (ProtocolRun.of(seed).failure() != null) {
                fail(seed, ProtocolRun.shortest(seed));
            }
            if (seed % SHOWN_EVERY == 0) {
                System.out.println("protocol runs: seed " + seed);
            }
        }
    }

    private static void fail(long seed, ProtocolRun.Outcome outcome) {
        List<String> trace = outcome.trace();
        String end = String.join("\n  ", trace.subList(Math.max(0, trace.size() - SHOWN), trace.size()));
        throw new AssertionError("-Dprotocol.seed=" + seed + ": " + outcome.failure() + "\n  " + end,
                outcome.failure());
    }

    @Test
    void aSeedGivesTheSameRun() {
        for (long seed = 1; seed <= 5; seed++) {
            ProtocolRun.Outcome once = ProtocolRun.of(seed);
            assertNull(once.failure());
            assertEquals(once.trace(), ProtocolRun.of(seed).trace());
        }
    }
}
