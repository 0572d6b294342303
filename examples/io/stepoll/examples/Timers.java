package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Timers of each kind, in virtual time: four hours that take no time. */
public final class Timers {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private Timers() {}

    /** Prints what runs when. */
    public static void main(String[] arguments) throws IOException {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Timer idle = loop.callLater(30 * MINUTE, () -> tell(clock, "idle for half an hour"));
            loop.callLater(20 * MINUTE, () -> idle.reset(30 * MINUTE));

            PeriodicTimer[] every = new PeriodicTimer[1];
            every[0] = loop.callAtFixedRate(0, 60 * MINUTE, () -> tell(clock, "tick, missed " + every[0].missed()));
            loop.callLater(70 * MINUTE, () -> clock.advance(Duration.ofMinutes(135))); // the loop is held up
            loop.callLater(250 * MINUTE, every[0]::cancel);

            loop.spawn(() -> {
                loop.sleep(Duration.ofMinutes(10));
                tell(clock, "a task has slept");
            });
            loop.runUntilDone();
        }
    }

    private static void tell(VirtualClock clock, String what) {
        System.out.println(Duration.ofNanos(clock.nanoTime()) + ": " + what);
    }
}
