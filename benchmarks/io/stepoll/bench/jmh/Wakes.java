package io.stepoll.bench.jmh;

import io.stepoll.Descriptor;
import io.stepoll.StepResult;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * The path of an event to its task. A byte arrives, the poll finds the socket ready, and the wake phase resumes the
 * task that waits in a read. The task takes the byte and waits again.
 *
 * <p>Each wake needs a new byte, and its sending is measured as well: the three system calls are send(2), which is the
 * peer's, epoll_wait(2) and recv(2). {@link #withoutLoop} makes the first and the last of these calls and nothing else.
 * The difference, less an empty step, is what the path of the event through the loop costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Wakes {
    /** Both ends of a connection, and a buffer for each. The buffers are direct: a heap buffer would be copied. */
    public abstract static class Connected extends ConnectedPair {
        final ByteBuffer out = ByteBuffer.allocateDirect(1);

        /** Longer than what arrives, as a server's buffer is: after a read that does not fill it no other is needed. */
        final ByteBuffer in = ByteBuffer.allocateDirect(1 << 12);

        /** Sends as the peer. The call does not wait, so no task has to make it. */
        void sendFromFar() throws IOException {
            far.descriptor().send(out.clear(), Descriptor.MSG_DONTWAIT);
        }
    }

    /** A task that reads whatever arrives. */
    public static class Reading extends Connected {
        @Override
        protected void prepare() throws IOException {
            super.prepare();
            loop.spawn(this::readForEver);
            loop.step(false);
        }

        private void readForEver() throws IOException {
            while (near.read(in.clear()) > 0) {
                done++;
            }
        }
    }

    /** A task at each end: they send one byte to and fro. */
    public static class Echoing extends Connected {
        private final ByteBuffer back = ByteBuffer.allocateDirect(1 << 12);

        @Override
        protected void prepare() throws IOException {
            super.prepare();
            loop.spawn(() -> echo(near, in));
            loop.spawn(() -> echo(far, back));
            loop.step(false);
            sendFromFar();
        }

        private void echo(StreamSocket socket, ByteBuffer buffer) throws IOException {
            while (socket.read(buffer.clear()) > 0) {
                socket.write(buffer.flip());
                done++;
            }
        }
    }

    /** A handler that reads whatever arrives. */
    public static class Handling extends Connected {
        @Override
        protected void prepare() throws IOException {
            super.prepare();
            near.descriptor().handle(descriptor -> {
                if (near.tryRead(in.clear()) > 0) {
                    done++;
                }
            }, true, false);
            loop.step(false);
        }
    }

    /** No task waits, and the loop is not stepped. */
    public static class Alone extends Connected {}

    @Benchmark
    public StepResult read(Reading state) throws IOException {
        state.steps++;
        state.sendFromFar();
        return state.loop.step(false);
    }

    @Benchmark
    public StepResult handler(Handling state) throws IOException {
        state.steps++;
        state.sendFromFar();
        return state.loop.step(false);
    }

    @Benchmark
    public StepResult echo(Echoing state) {
        state.steps++;
        return state.loop.step(false);
    }

    @Benchmark
    public int withoutLoop(Alone state) throws IOException {
        state.steps++;
        state.sendFromFar();
        state.done++;
        return state.near.descriptor().recv(state.in.clear(), Descriptor.MSG_DONTWAIT);
    }
}
