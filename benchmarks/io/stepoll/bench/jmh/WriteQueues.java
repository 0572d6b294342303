package io.stepoll.bench.jmh;

import io.stepoll.Descriptor;
import io.stepoll.StepResult;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteCompletion;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** What a write queue costs: messages are queued, a step writes them, and the peer receives them at once. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WriteQueues {
    private static final int MANY = 16;
    private static final int SIZE = 64;

    /** Queues, and the other ends of their connections. */
    public abstract static class Queues extends OpenLoop {
        final ByteBuffer message = ByteBuffer.allocateDirect(SIZE);
        final ByteBuffer in = ByteBuffer.allocateDirect(1 << 12);
        final WriteQueue[] queues = new WriteQueue[count()];
        private final StreamSocket[] far = new StreamSocket[count()];
        private final WriteCompletion completion = () -> done++;

        abstract int count();

        @Override
        protected void prepare() throws IOException {
            for (int i = 0; i < queues.length; i++) {
                StreamSocket[] pair = StreamSocket.pair(loop);
                queues[i] = WriteQueue.over(pair[0]);
                far[i] = pair[1];
            }
        }

        void write(WriteQueue queue) throws IOException {
            queue.write(message.clear(), completion);
        }

        void write(WriteQueue queue, SharedMessage shared) throws IOException {
            queue.write(shared, completion);
        }

        /** The step in which the queues write; then the peers receive. */
        StepResult step() throws IOException {
            steps++;
            StepResult result = loop.step(false);
            for (StreamSocket socket : far) {
                socket.descriptor().recv(in.clear(), Descriptor.MSG_DONTWAIT);
            }
            return result;
        }
    }

    /** One message in each step. */
    public static class One extends Queues {
        @Override
        int count() {
            return 1;
        }
    }

    /** Many messages in each step, which go by one call. */
    public static class ManyMessages extends One {
        @Override
        protected int donePerStep() {
            return MANY;
        }
    }

    /** Many connections. */
    public static class ManyConnections extends Queues {
        @Override
        int count() {
            return MANY;
        }

        @Override
        protected int donePerStep() {
            return MANY;
        }
    }

    @Benchmark
    public StepResult oneMessage(One state) throws IOException {
        state.write(state.queues[0]);
        return state.step();
    }

    @Benchmark
    public StepResult manyMessages(ManyMessages state) throws IOException {
        for (int i = 0; i < MANY; i++) {
            state.write(state.queues[0]);
        }
        return state.step();
    }

    /** The message is made anew each time, once for all connections. */
    @Benchmark
    public StepResult oneMessageForMany(ManyConnections state) throws IOException {
        try (SharedMessage shared = SharedMessage.copyOf(state.loop, state.message.clear())) {
            for (WriteQueue queue : state.queues) {
                state.write(queue, shared);
            }
        }
        return state.step();
    }

    @Benchmark
    public StepResult copiesForMany(ManyConnections state) throws IOException {
        for (WriteQueue queue : state.queues) {
            state.write(queue);
        }
        return state.step();
    }
}
