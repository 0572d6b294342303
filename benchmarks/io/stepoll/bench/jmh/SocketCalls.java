package io.stepoll.bench.jmh;

import io.stepoll.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * A send and a recv over a pair of sockets, with no poll in between: what the calls cost beyond the kernel's part. With
 * MSG_DONTWAIT they never wait, so no task has to make them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SocketCalls {
    private static final int CAPACITY = 1 << 12;

    /** Both ends of a connection, and a buffer of each kind. */
    public static class Connected extends ConnectedPair {
        private final ByteBuffer direct = ByteBuffer.allocateDirect(CAPACITY);
        private final ByteBuffer heap = ByteBuffer.allocate(CAPACITY);

        private int pass(ByteBuffer buffer) throws IOException {
            steps++;
            far.descriptor().send(buffer.clear().limit(1), Descriptor.MSG_DONTWAIT);
            int received = near.descriptor().recv(buffer.clear(), Descriptor.MSG_DONTWAIT);
            done += received;
            return received;
        }
    }

    @Benchmark
    public int directBuffer(Connected state) throws IOException {
        return state.pass(state.direct);
    }

    /** The kernel takes addresses, so the library copies the bytes of a heap buffer. */
    @Benchmark
    public int heapBuffer(Connected state) throws IOException {
        return state.pass(state.heap);
    }
}
