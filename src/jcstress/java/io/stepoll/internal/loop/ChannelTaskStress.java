package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.sync.BoundedChannel;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;

/**
 * A task of a loop receives from a channel while another thread sends, or cancels the task. As in {@link TaskStress},
 * r1 is the state of the task at the end, r2 how often its body got to its end, and 10 more if an element is left, and
 * r3 whether the loop has nothing left to do.
 */
public class ChannelTaskStress {
    private static final Duration FAR = Duration.ofSeconds(1);
    private static final int LEFT = 10;

    private ChannelTaskStress() {}

    /** What both tests have. */
    public abstract static class Receive extends TaskStress.Race {
        final BoundedChannel<String> channel = new BoundedChannel<>(1);

        @Override
        void body(EventLoop loop) throws Exception {
            channel.receive(FAR);
        }

        void receiveAsLoop(LIZ_Result result) {
            raceAsLoop(result);
            if (channel.tryReceive() != null) {
                result.r2 += LEFT;
            }
        }
    }

    /** The element comes before the task parks, while it parks, or after that, through the inbox of the loop. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "received")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SendAgainstPark extends Receive {
        @Override
        void disturb(Task<Void> disturbed) {
            channel.trySend("element");
        }

        @Override
        void prepare(EventLoop loop) {} // the task parks in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            receiveAsLoop(result);
        }

        @Actor
        public void sender() {
            raceAsOther();
        }
    }

    /** The element comes around the cancel: the task has it at the end, or the channel. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "received")
    @Outcome(id = "CANCELLED, 10, true", expect = ACCEPTABLE, desc = "cancelled, and the element is left")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstSend extends Receive {
        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void prepare(EventLoop loop) {
            super.prepare(loop);
            loop.callSoon(() -> channel.trySend("element")); // in the step of the meeting
        }

        @Actor
        public void loop(LIZ_Result result) {
            receiveAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }
}
