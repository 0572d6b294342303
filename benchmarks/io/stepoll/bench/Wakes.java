package io.stepoll.bench;

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
 * The straight path of an event: a byte comes, the poll finds the socket ready, the wake phase resumes the task that is
 * blocked in a read, which takes the byte and blocks again.
 *
 * <p>The byte must be sent anew for each wake, and that is measured with it: three system calls, send(2), epoll_wait(2)
 * and recv(2), of which the first is the peer's. {@link #withoutLoop} has the first and the last of them and nothing
 * else; the difference, less an empty step, is what the way of the event through the loop costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Wakes {
    /** With flags a call never waits, so that it need not be a task's. */
    private static final int MSG_DONTWAIT = 0x40;

    /** Two ends of a connection, and a buffer for each. Direct ones, as a heap buffer is copied in addition. */
    public abstract static class Connected extends OpenLoop {
        StreamSocket near;
        StreamSocket far;
        final ByteBuffer out = ByteBuffer.allocateDirect(1);

        /** Longer than what comes, as a server's is: a read that does not fill it need not be followed by another. */
        final ByteBuffer in = ByteBuffer.allocateDirect(1 << 12);

        @Override
        protected void prepare() throws IOException {
            StreamSocket[] pair = StreamSocket.pair(loop);
            near = pair[0];
            far = pair[1];
        }

        /** What the peer does: the loop does not know that it is on the same thread. */
        void sendFromFar() throws IOException {
            loop.send(far.descriptor(), out.clear(), MSG_DONTWAIT);
        }
    }

    /** A task that reads whatever comes. */
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

    /** A task at each end, and one byte that goes to and fro: as above, but that a task sends it. */
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

    /** Nobody waits, and the loop is not stepped. */
    public static class Alone extends Connected {}

    @Benchmark
    public StepResult read(Reading state) throws IOException {
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
        return state.loop.recv(state.near.descriptor(), state.in.clear(), MSG_DONTWAIT);
    }
}
