package io.stepoll;

import io.stepoll.FaultsTest.Way;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.net.Listener;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A child's main with few descriptors: a connection waits to be accepted while none is left. The listener neither fails
 * nor spins, and goes on when there are some again.
 */
public final class AcceptOutOfDescriptors {
    private static final long WINDOW_NANOS = 400_000_000;
    private static final int MOST_POLLS = 30;
    private static final int REHEARSAL = 2;
    private static final int ALL = 10_000;

    private AcceptOutOfDescriptors() {}

    /** Prints what came of it, for TCP and Unix listeners, adopted and owned ones, in both styles. */
    public static void main(String[] arguments) throws Exception {
        for (int most : new int[] {REHEARSAL, ALL}) { // at first, as the JVM takes descriptors to load classes
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

    /** Accepts one connection, for which there is a descriptor after a while. Returns how many it hoarded before. */
    private static int accept(StreamKind kind, Way way, boolean inTask, int most) throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener bound = Listener.bind(loop, kind.fresh())) {
            Descriptor listener = way.take(loop, loop.disown(bound.descriptor()));
            int client = RawSockets.connect(RawAddress.local(listener.fd()));
            ArrayDeque<Integer> hoard = new ArrayDeque<>();
            for (int fd = Descriptors.eventfd(); fd >= 0; fd = hoard.size() < most ? Descriptors.eventfd() : -1) {
                hoard.add(fd);
            }
            int hoarded = hoard.size();
            List<Descriptor> accepted = new ArrayList<>();
            if (inTask) {
                loop.spawn(() -> accepted.add(loop.accept(listener)));
            } else {
                listener.handle(descriptor -> acceptOne(descriptor, accepted), true, false);
            }
            long before = loop.reactor().poller.polls();
            long[] within = new long[1];
            loop.callLater(WINDOW_NANOS, () -> {
                within[0] = loop.reactor().poller.polls() - before;
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
        Descriptor connection = listener.acceptNow();
        if (connection != null) {
            accepted.add(connection);
            listener.handle(null, false, false);
        }
    }
}
