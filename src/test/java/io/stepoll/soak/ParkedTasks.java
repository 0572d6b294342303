package io.stepoll.soak;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A child's main with a small heap: parks as many tasks as its argument says, half in a sleep and half in a read. */
public final class ParkedTasks {
    private static final Duration HOUR = Duration.ofHours(1);

    private ParkedTasks() {}

    /** Prints how many tasks were parked at once, and how many have ended. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        int[] ended = new int[1];
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            Descriptor silent = loop.own(ends[0]);
            for (int i = 0; i < count; i++) {
                boolean sleeps = i % 2 == 0;
                loop.spawn(() -> {
                    if (sleeps) {
                        loop.sleep(HOUR);
                    } else {
                        silent.read(ByteBuffer.allocate(1));
                    }
                    ended[0]++;
                });
            }
            loop.step(false);
            int parked = Loop.of(loop).tasks().count();
            if (ended[0] != 0) {
                throw new AssertionError(ended[0] + " tasks did not wait");
            }
            RawSockets.close(ends[1]);
            loop.runUntilDone();
            System.out.println(parked + " parked, " + ended[0] + " ended");
        }
    }
}
