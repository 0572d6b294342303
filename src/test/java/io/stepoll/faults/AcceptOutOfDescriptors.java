package io.stepoll.faults;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.net.Listener;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.Way;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A child's main with few descriptors: a connection waits to be accepted while the process has no descriptor left. The
 * listener neither fails nor spins, and accepts the connection when there are descriptors again.
 */
public final class AcceptOutOfDescriptors {
    private static final Duration WINDOW = Duration.ofMillis(400);
    private static final int MOST_POLLS = 30;
    private static final int REHEARSAL = 2;
    private static final int ALL = 10_000;

    private AcceptOutOfDescriptors() {}

    /** Prints the results for TCP and Unix listeners, adopted and owned ones, in a task and in a callback. */
    public static void main(String[] arguments) throws Exception {
        for (int most : new int[] {REHEARSAL, ALL}) { // the rehearsal loads all classes: that takes descriptors
            for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
                for (Way way : Way.values()) {
                    for (boolean inTask : new boolean[] {true, false}) {
                        int hoarded = accept(kind, way, inTask, most);
                        if (most == ALL) {
                            System.out.println(kind + " " + way + (inTask ? " task " : " callback ") + (hoarded > 10));
                        }
                    }
                }
            }
        }
    }

    /**
     * Takes descriptors, at most so many, until there are none, accepts one connection meanwhile, and closes the
     * descriptors after a while. Returns how many they were.
     */
    private static int accept(StreamKind kind, Way way, boolean inTask, int most) throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener bound = Listener.bind(loop, kind.fresh())) {
            Descriptor listener = way.take(loop, bound.descriptor().disown());
            int client = RawSockets.connect(RawAddress.local(listener.fd()));
            ArrayDeque<Integer> hoard = new ArrayDeque<>();
            for (int fd = Descriptors.eventfd(); fd >= 0; fd = hoard.size() < most ? Descriptors.eventfd() : -1) {
                hoard.add(fd);
            }
            int hoarded = hoard.size();
            List<Descriptor> accepted = new ArrayList<>();
            if (inTask) {
                loop.spawn(() -> accepted.add(listener.accept()));
            } else {
                listener.handle(descriptor -> acceptOne(descriptor, accepted), true, false);
            }
            Poller poller = Loop.of(loop).poller();
            long before = poller.polls();
            long[] within = new long[1];
            loop.callLater(WINDOW, () -> {
                within[0] = poller.polls() - before;
                hoard.forEach(RawSockets::close);
            });
            loop.runUntilDone();
            if (within[0] > MOST_POLLS || accepted.size() != 1 || !accepted.getFirst().isOpen()) {
                throw new AssertionError(kind + " " + way + " " + inTask + ": " + within[0] + " polls, " + accepted);
            }
            RawSockets.close(client);
            return hoarded;
        }
    }

    private static void acceptOne(Descriptor listener, List<Descriptor> accepted) throws IOException {
        Descriptor connection = listener.tryAccept();
        if (connection != null) {
            accepted.add(connection);
            listener.handle(null, false, false);
        }
    }
}
