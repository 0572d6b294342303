package io.stepoll.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Threads that wait at a channel or a {@link Notify}. A wake-up that is lost shows as a test that does not end. */
public class ChannelStress {
    private static final int NOTHING = -1;
    private static final int CLOSED = -2;

    private ChannelStress() {}

    private static int receive(BoundedChannel<Integer> channel) {
        try {
            return channel.receive();
        } catch (ChannelClosedException e) {
            return CLOSED;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int tryReceive(BoundedChannel<Integer> channel) {
        try {
            Integer received = channel.tryReceive();
            return received == null ? NOTHING : received;
        } catch (ChannelClosedException e) {
            return CLOSED;
        }
    }

    /** The receiver comes before the element, or after it, or at the same time. */
    @JCStressTest
    @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = "received")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SendAgainstReceive {
        private final BoundedChannel<Integer> channel = new BoundedChannel<>(1);

        @Actor
        public void sends() {
            channel.trySend(1);
        }

        @Actor
        public void receives(II_Result result) {
            result.r1 = receive(channel);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = tryReceive(channel);
        }
    }

    /** The sender waits for the place that the receiver leaves. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "in their order")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ReceiveAgainstSend {
        private final BoundedChannel<Integer> channel = new BoundedChannel<>(1);

        {
            channel.trySend(1);
        }

        @Actor
        public void sends() {
            try {
                channel.send(2);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Actor
        public void receives(II_Result result) {
            result.r1 = receive(channel);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = tryReceive(channel);
        }
    }

    /** The receiver gives up in the moment in which the element comes: either it has the element, or the channel. */
    @JCStressTest
    @Outcome(id = {"1, -1", "-1, 1"}, expect = ACCEPTABLE, desc = "received, or still there")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SendAgainstTimeout {
        private final BoundedChannel<Integer> channel = new BoundedChannel<>(1);

        @Actor
        public void sends() {
            channel.trySend(1);
        }

        @Actor
        public void receives(II_Result result) {
            try {
                result.r1 = channel.receive(Duration.ZERO);
            } catch (TimeoutException e) {
                result.r1 = NOTHING;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = tryReceive(channel);
        }
    }

    /** A send comes before the close, and is received; or it fails. */
    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "sent before the close")
    @Outcome(id = "false, -2", expect = ACCEPTABLE, desc = "refused")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SendAgainstClose {
        private final BoundedChannel<Integer> channel = new BoundedChannel<>(1);

        @Actor
        public void sends(ZI_Result result) {
            try {
                result.r1 = channel.trySend(1);
            } catch (ChannelClosedException e) {
                result.r1 = false;
            }
        }

        @Actor
        public void closes() {
            channel.close();
        }

        @Arbiter
        public void afterwards(ZI_Result result) {
            result.r2 = receive(channel);
        }
    }

    /** The close ends the wait, or the receiver finds the channel closed; an element from before is received. */
    @JCStressTest
    @Outcome(id = "1, -2", expect = ACCEPTABLE, desc = "the element, then the end")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseAgainstReceive {
        private final BoundedChannel<Integer> channel = new BoundedChannel<>(1);

        {
            channel.trySend(1);
        }

        @Actor
        public void closes() {
            channel.close();
        }

        @Actor
        public void receives(II_Result result) {
            result.r1 = receive(channel);
            result.r2 = receive(channel);
        }
    }

    /** A waiter gives up against a grant: exactly one of the two succeeds. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "given up, or not there yet")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "granted")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class GrantAgainstGivingUp {
        private final Waiters waiters = new Waiters();

        @Actor
        public void waits(ZZ_Result result) {
            Waiters.Waiter waiter = waiters.enter();
            result.r1 = waiters.giveUp(waiter);
            if (!result.r1 && waiters.leave(waiter) != 7) {
                throw new IllegalStateException("granted something else");
            }
        }

        @Actor
        public void grants(ZZ_Result result) {
            result.r2 = waiters.grant(7);
        }
    }

    /** A notification is not missed, whenever the wait begins. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "notified once")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class NotifyAgainstAwait {
        private final Notify notify = new Notify();

        @Actor
        public void notifies() {
            notify.notifyOne();
        }

        @Actor
        public void waits(ZZ_Result result) {
            try {
                notify.await();
                result.r1 = true;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Arbiter
        public void afterwards(ZZ_Result result) {
            result.r2 = notify.tryAwait();
        }
    }
}
