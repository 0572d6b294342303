package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.watchdog.Watchdog;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A callback that computes for far too long, and a watchdog that reports it. */
public final class Watched {
    private static final Duration THRESHOLD = Duration.ofMillis(50);

    private Watched() {}

    /** Runs until the watchdog has reported the callback. */
    public static void main(String[] arguments) throws IOException {
        AtomicBoolean reported = new AtomicBoolean();
        try (Watchdog watchdog = Watchdog.start(THRESHOLD, stall -> {
            System.out.println(stall);
            reported.set(true);
        }); EventLoop loop = EventLoop.builder().name("web").open()) {
            watchdog.watch(loop);
            loop.callSoon(() -> compute(reported));
            loop.runUntilDone();
        }
    }

    private static void compute(AtomicBoolean reported) {
        while (!reported.get()) {
            Thread.onSpinWait();
        }
    }
}
