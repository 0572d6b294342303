package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import java.io.IOException;
import java.time.Duration;

/** Timers of each kind, in virtual time: four hours pass at once. */
public final class Timers {
    private Timers() {}

    /** Prints at what time each callback runs. */
    public static void main(String[] arguments) throws IOException {
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Timer idle = loop.callLater(Duration.ofMinutes(30), () -> print(clock, "idle for half an hour"));
            loop.callLater(Duration.ofMinutes(20), () -> idle.reset(Duration.ofMinutes(30)));

            PeriodicTimer[] every = new PeriodicTimer[1];
            every[0] = loop.callAtFixedRate(Duration.ZERO, Duration.ofHours(1),
                    () -> print(clock, "tick, missed " + every[0].missed()));
            loop.callLater(Duration.ofMinutes(70), () -> clock.advance(Duration.ofMinutes(135))); // holds the loop up
            loop.callLater(Duration.ofMinutes(250), every[0]::cancel);

            loop.spawn(() -> {
                loop.sleep(Duration.ofMinutes(10));
                print(clock, "a task has slept");
            });
            loop.runUntilDone();
        }
    }

    private static void print(VirtualClock clock, String what) {
        System.out.println(Duration.ofNanos(clock.nanoTime()) + ": " + what);
    }
}
