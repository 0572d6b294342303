package io.stepoll;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import java.util.ArrayDeque;

/**
 * A child's main with few descriptors: a connection waits to be accepted while none is left. The listener neither fails
 * nor spins, and goes on when there are some again.
 */
public final class AcceptOutOfDescriptors {
    private static final long WINDOW_NANOS = 400_000_000;
    private static final int MOST_POLLS = 30;

    private static int rehearsed;

    private AcceptOutOfDescriptors() {}

    /** Prints what came of it. */
    public static void main(String[] arguments) throws Exception {
        RawAddress address = RawSockets.freshAddress();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor listener = loop.own(RawSockets.listener(address));
            accept(loop, listener, address, new ArrayDeque<>()); // the JVM takes descriptors to load classes
            ArrayDeque<Integer> hoard = new ArrayDeque<>();
            accept(loop, listener, address, hoard);
            System.out.println("accepted after " + (hoard.size() > 10) + " exhaustion");
        }
    }

    /** Accepts one connection, for which there is a descriptor after a while; hoards up to so many. */
    private static void accept(EventLoop loop, Descriptor listener, RawAddress address, ArrayDeque<Integer> hoard)
            throws Exception {
        boolean rehearsal = rehearsed++ == 0;
        int client = RawSockets.connect(address);
        for (int fd = Descriptors.eventfd(); fd >= 0 && !(rehearsal && hoard.size() > 2); fd = Descriptors.eventfd()) {
            hoard.add(fd);
        }
        Task<Descriptor> accept = loop.spawn(() -> loop.accept(listener));
        long before = loop.reactor().poller.polls();
        long[] within = new long[1];
        loop.callLater(WINDOW_NANOS, () -> {
            within[0] = loop.reactor().poller.polls() - before;
            hoard.forEach(RawSockets::close);
        });
        loop.runUntilDone();
        if (within[0] > MOST_POLLS || !accept.join().isOpen()) {
            throw new AssertionError(within[0] + " polls, " + accept);
        }
        RawSockets.close(client);
    }
}
