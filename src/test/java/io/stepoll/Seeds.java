package io.stepoll;

import java.util.SplittableRandom;

/** Where random tests have their seed from; each is printed, and -Dstepoll.seed=N gives it again. */
public final class Seeds {
    private Seeds() {}

    /** A generator for what is named. */
    public static SplittableRandom random(String what) {
        long seed = Long.getLong("stepoll.seed", System.nanoTime());
        System.out.println(what + ": -Dstepoll.seed=" + seed);
        return new SplittableRandom(seed);
    }
}
