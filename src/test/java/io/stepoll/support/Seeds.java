package io.stepoll.support;

import java.util.SplittableRandom;

/** The seeds of random tests. Each is printed; -Dstepoll.seed=N repeats a run. */
public final class Seeds {
    private Seeds() {}

    /** A generator for the test that is named. */
    public static SplittableRandom random(String what) {
        long seed = Long.getLong("stepoll.seed", System.nanoTime());
        System.out.println(what + ": -Dstepoll.seed=" + seed);
        return new SplittableRandom(seed);
    }
}
