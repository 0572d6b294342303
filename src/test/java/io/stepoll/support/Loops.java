package io.stepoll.support;

import io.stepoll.EventLoop;

/** Steps of a loop that only the test steps. */
public final class Loops {
    private Loops() {}

    /** Does steps that do not sleep. */
    public static void steps(EventLoop loop, int count) {
        for (int i = 0; i < count; i++) {
            loop.step(false);
        }
    }
}
