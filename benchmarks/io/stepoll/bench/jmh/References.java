package io.stepoll.bench.jmh;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.sys.VirtualThreads;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the bare minimum costs on this machine, kernel and JVM. The budgets of the other benchmarks are multiples of
 * these times, which the same run measures.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class References {
    private static final int MANY = 64;

    /** A queue of callbacks, and nothing else. */
    @State(Scope.Thread)
    public static class Queue {
        private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
        private long run;
        private final Runnable callback = () -> run++;
    }

    /** Descriptors, and memory for the system calls on them. */
    @State(Scope.Thread)
    public static class Raw {
        private final ByteBuffer memory = ByteBuffer.allocateDirect(1 << 12).order(ByteOrder.nativeOrder());
        private final long address = MemorySegment.ofBuffer(memory).address();
        private int epfd;
        private int eventfd;
        private int near;
        private int far;

        @Setup
        public void open() {
            epfd = checked(Epoll.create());
            eventfd = checked(Descriptors.eventfd());
            checked(Sockets.socketpair(Sockets.SOCK_STREAM, address));
            near = memory.getInt(0);
            far = memory.getInt(Integer.BYTES);
        }

        @TearDown
        public void close() {
            Descriptors.close(near);
            Descriptors.close(far);
            Descriptors.close(eventfd);
            Descriptors.close(epfd);
        }
    }

    private static int checked(int result) {
        if (result < 0) {
            throw new IllegalStateException("errno " + -result);
        }
        return result;
    }

    /** Queues callbacks in an ArrayDeque and runs them. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public long dispatch(Queue state) {
        for (int i = 0; i < MANY; i++) {
            state.queue.addLast(state.callback);
        }
        for (Runnable next = state.queue.pollFirst(); next != null; next = state.queue.pollFirst()) {
            next.run();
        }
        return state.run;
    }

    /** Calls a native method that reads a thread-local variable. */
    @Benchmark
    public long jniCall() {
        return VirtualThreads.loopOfThread();
    }

    /** Writes to an eventfd: write(2). */
    @Benchmark
    public int systemCall(Raw state) {
        return checked(Descriptors.eventfdWrite(state.eventfd));
    }

    /** Polls without sleeping, and finds nothing: epoll_wait(2). */
    @Benchmark
    public int poll(Raw state) {
        return checked(Epoll.await(state.epfd, state.address, 1, 0));
    }

    /** Sends a byte through a pair of Unix sockets: send(2) and recv(2). */
    @Benchmark
    public int sendAndRecv(Raw state) {
        return checked(Sockets.send(state.far, state.address, 1, 0))
                + checked(Sockets.recv(state.near, state.address, 1, 0));
    }
}
