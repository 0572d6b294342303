package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.io.RoamingSocket;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZZ_Result;

/**
 * One actor's loop uses a {@link RoamingSocket} while the other actor closes it or uses it as well. In all tests r1 is
 * how the use ended, r2 whether the number is closed although the loops are still open, and r3 whether the loop has
 * nothing left to do. While it is used, the number must be that of a socket.
 */
public class RoamingSocketStress {
    private static final int PLACES_OF_STEP = 4;

    private RoamingSocketStress() {}

    /** One actor runs the loop, the other disturbs. Both ends of the socket are this process's. */
    public abstract static class Race {
        final MeetingClock clock = new MeetingClock();
        private String ended = "not at all"; // by the loop's task, or by the disturber before it parts
        private int fd;
        private int peer;
        private volatile RoamingSocket socket;

        /** What a task of the loop does with the socket. */
        abstract void use(RoamingSocket used) throws IOException;

        /** What happens to the socket before the step in which the two meet. */
        void prepare(EventLoop loop, RoamingSocket used) {}

        /** What the other thread does to the socket. */
        void disturb(RoamingSocket disturbed) {
            disturbed.close(true);
        }

        /** The loop's actor, after the disturber is done. */
        void afterParting() {}

        /** The loop's actor, after the socket was looked at. */
        void end() {}

        final void endsOf(IoUse used) {
            try {
                used.run();
                ended = "used";
            } catch (ClosedChannelException e) {
                ended = "closed";
            } catch (IOException e) {
                ended = e.toString();
            }
        }

        final void write() {
            RawSockets.check(RawSockets.send(peer, 1));
        }

        void raceAsLoop(LZZ_Result result) {
            int[] pair = RawSockets.pair();
            fd = pair[0];
            peer = pair[1];
            try {
                clock.run(loop -> {
                    RoamingSocket used = new RoamingSocket(fd, this, Loop.of(loop)::descriptors);
                    socket = used;
                    prepare(loop, used);
                    spawnUse(loop, used);
                    clock.meetWithin(loop, PLACES_OF_STEP);
                    loop.step(false);
                    clock.lastPlace();
                    clock.awaitParting();
                    result.r3 = MeetingClock.stepUntilDone(loop);
                    afterParting();
                    result.r1 = ended;
                    result.r2 = typeOf(fd) < 0; // a file that the JVM opens meanwhile may have the number
                    end();
                });
            } finally {
                socket = null; // jcstress keeps this object for long
                RawSockets.close(peer);
            }
        }

        void spawnUse(EventLoop loop, RoamingSocket used) {
            loop.spawn(() -> endsOf(() -> use(used)));
        }

        void raceAsOther() {
            clock.await();
            disturb(socket);
            clock.part();
        }
    }

    /** What may fail. */
    @FunctionalInterface
    interface IoUse {
        void run() throws IOException;
    }

    /** The type of a socket; below 0 for what is none. */
    private static int typeOf(int number) {
        return Sockets.intOption(number, Sockets.SOL_SOCKET, Sockets.SO_TYPE);
    }

    private static void read(RoamingSocket socket) throws IOException {
        int count = socket.read(new byte[1], 0, 1, 0);
        if (count != 1) {
            throw new IOException("read " + count + " bytes");
        }
    }

    /** A use that does not wait: the number stays the socket's until it is done. */
    @JCStressTest
    @Outcome(id = "used, true, true", expect = ACCEPTABLE, desc = "before the close, or while it was closed")
    @Outcome(id = "closed, true, true", expect = ACCEPTABLE, desc = "after the close")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseAgainstUse extends Race {
        @Override
        void use(RoamingSocket used) throws IOException {
            int type = used.use(number -> {
                clock.place();
                return typeOf(number);
            });
            if (type != Sockets.SOCK_STREAM) {
                throw new IOException("another descriptor, or none: " + type);
            }
        }

        @Actor
        public void loop(LZZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void closer() {
            raceAsOther();
        }
    }

    /**
     * The socket goes from one loop to another one, both of the same thread, and is closed before, meanwhile, or while
     * the task of the second waits.
     */
    @JCStressTest
    @Outcome(id = "closed, true, true", expect = ACCEPTABLE, desc = "the close ends the read")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseAgainstMove extends Race {
        private EventLoop former;

        @Override
        void use(RoamingSocket used) throws IOException {
            read(used);
        }

        @Override
        void prepare(EventLoop loop, RoamingSocket used) {
            write();
            try {
                former = EventLoop.open();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Task<Void> first = former.spawn(() -> read(used));
            while (!first.isDone()) {
                former.step(false);
            }
        }

        @Override
        void afterParting() {
            MeetingClock.stepUntilDone(former);
        }

        @Override
        void end() {
            former.close();
            former = null;
        }

        @Actor
        public void loop(LZZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void closer() {
            raceAsOther();
        }
    }

    /** The other thread waits in poll(2) for the socket, and a task of the loop closes it. */
    @JCStressTest
    @Outcome(id = "closed, true, true", expect = ACCEPTABLE, desc = "the close ends the read")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseAgainstForeignRead extends Race {
        @Override
        void use(RoamingSocket used) {
            used.close(true);
        }

        @Override
        void spawnUse(EventLoop loop, RoamingSocket used) {
            loop.spawn(() -> use(used));
        }

        @Override
        void disturb(RoamingSocket disturbed) {
            endsOf(() -> read(disturbed));
        }

        @Actor
        public void loop(LZZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void reader() {
            raceAsOther();
        }
    }
}
