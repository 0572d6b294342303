package io.stepoll.bench;

import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** send and recv over a pair of sockets, with no poll in between: what the calls themselves cost over the kernel's. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SocketCalls {
    /** With flags a call never waits, so that it need not be a task's. */
    private static final int MSG_DONTWAIT = 0x40;

    private static final int CAPACITY = 1 << 12;

    /** Two ends of a connection, and a buffer of each kind. */
    public static class Connected extends OpenLoop {
        private final ByteBuffer direct = ByteBuffer.allocateDirect(CAPACITY);
        private final ByteBuffer heap = ByteBuffer.allocate(CAPACITY);
        private StreamSocket near;
        private StreamSocket far;

        @Override
        protected void prepare() throws IOException {
            StreamSocket[] pair = StreamSocket.pair(loop);
            near = pair[0];
            far = pair[1];
        }

        private int pass(ByteBuffer buffer) throws IOException {
            steps++;
            loop.send(far.descriptor(), buffer.clear().limit(1), MSG_DONTWAIT);
            int received = loop.recv(near.descriptor(), buffer.clear(), MSG_DONTWAIT);
            done += received;
            return received;
        }
    }

    @Benchmark
    public int directBuffer(Connected state) throws IOException {
        return state.pass(state.direct);
    }

    /** It is copied, as the kernel takes addresses. */
    @Benchmark
    public int heapBuffer(Connected state) throws IOException {
        return state.pass(state.heap);
    }
}
