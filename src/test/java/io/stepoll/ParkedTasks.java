package io.stepoll;

import java.nio.ByteBuffer;

/**
 * A child's main with a small heap: parks as many tasks as it is told, half in a sleep and half in a recv, and wakes
 * them.
 */
public final class ParkedTasks {
    private static final long HOUR_NANOS = 3_600_000_000_000L;

    private ParkedTasks() {}

    /** Prints how many were parked at once. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        int[] ended = new int[1];
        int[] ends = RawSockets.pair();
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Descriptor silent = loop.own(ends[0]);
            for (int i = 0; i < count; i++) {
                boolean sleeps = i % 2 == 0;
                loop.spawn(() -> {
                    if (sleeps) {
                        loop.sleep(HOUR_NANOS);
                    } else {
                        loop.recv(silent, ByteBuffer.allocate(1));
                    }
                    ended[0]++;
                });
            }
            loop.step(false);
            int parked = loop.reactor().liveTasks.count();
            if (ended[0] != 0) {
                throw new AssertionError(ended[0] + " tasks did not wait");
            }
            RawSockets.close(ends[1]);
            loop.runUntilDone();
            System.out.println(parked + " parked, " + ended[0] + " ended");
        }
    }
}
