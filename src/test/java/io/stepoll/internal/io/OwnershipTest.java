package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.Libc;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import io.stepoll.support.Way;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each descriptor has one owner on every path. A call that fails or is cancelled leaks none, and closes none twice. */
@Timeout(60)
class OwnershipTest {
    private static final int STEPS = 20;

    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private void steps() {
        Loops.steps(loop, STEPS);
    }

    private Exception fails(Callable<?> call) {
        return assertThrows(Exception.class, () -> TaskResults.of(loop, loop.spawn(call)));
    }

    /** Whether the connection or the cancel comes first, the connection is accepted once: by that task or the next. */
    @ParameterizedTest
    @EnumSource
    void cancelledAccept(StreamKind kind) throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        for (int order = 0; order < 3; order++) {
            try (Listener listener = Listener.bind(loop, kind.fresh())) {
                Task<StreamSocket> cancelled = loop.spawn(() -> listener.accept());
                steps();
                if (order == 0) {
                    cancelled.cancel();
                    steps();
                }
                Task<StreamSocket> connecting =
                        loop.spawn(() -> StreamSocket.connect(loop, listener.localAddress()));
                if (order == 1) {
                    loop.step(false);
                    cancelled.cancel();
                }
                steps();
                cancelled.cancel();
                Task<StreamSocket> next = loop.spawn(() -> listener.accept());
                while (!connecting.isDone() || !(cancelled.isDone() && hasResult(cancelled)) && !next.isDone()) {
                    loop.step(false);
                    assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
                }
                StreamSocket accepted = hasResult(cancelled) ? cancelled.join() : next.join();
                next.cancel();
                loop.runUntilDone();
                connecting.join().tryWrite(ByteBuffer.allocate(order + 1));
                Task<Integer> read = loop.spawn(() -> accepted.read(ByteBuffer.allocate(9)));
                loop.runUntilDone();
                assertEquals(order + 1, read.join());
                accepted.close();
                connecting.join().close();
            }
        }
        assertEquals(List.of(), DescriptorLeaks.difference(before));
    }

    private static boolean hasResult(Task<?> task) throws Exception {
        try {
            return task.isDone() && task.join() != null;
        } catch (CancellationException e) {
            return false;
        }
    }

    /** A connect fails: refused, cancelled while it waits for room in the backlog, or given wrong options. */
    @ParameterizedTest
    @EnumSource
    void failedConnect(StreamKind kind) throws Exception {
        Listener listener = Listener.bind(loop, kind.fresh(), 0);
        SocketAddress address = listener.localAddress();
        Task<StreamSocket> first = loop.spawn(() -> StreamSocket.connect(loop, address));
        loop.runUntilDone();
        Task<Void> full = loop.spawn(() -> listener.descriptor().awaitReadable());
        loop.runUntilDone();
        full.join();
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        Task<StreamSocket> cancelled = loop.spawn(() -> StreamSocket.connect(loop, address));
        steps();
        assertFalse(cancelled.isDone());
        cancelled.cancel();
        loop.runUntilDone();
        assertInstanceOf(InterruptedIOException.class,
                assertThrows(CancellationException.class, cancelled::join).getCause());
        assertEquals(List.of(), DescriptorLeaks.difference(before));
        assertInstanceOf(IllegalArgumentException.class, fails(() -> StreamSocket.connecting(loop)
                .option(StandardSocketOptions.SO_RCVBUF, -1).connect(address)));
        assertInstanceOf(BindException.class, assertThrows(IOException.class, () -> Listener.bind(loop, address)));
        assertEquals(List.of(), DescriptorLeaks.difference(before));
        first.join().close();
        listener.close();
        DescriptorLeaks.Snapshot without = DescriptorLeaks.open();
        assertInstanceOf(ConnectException.class, fails(() -> StreamSocket.connect(loop, address)));
        assertEquals(List.of(), DescriptorLeaks.difference(without));
    }

    /** A disowned descriptor is the caller's: neither its close, nor the loop's, nor a second disown touches it. */
    @ParameterizedTest
    @EnumSource
    void disownedOnce(Way way) throws Exception {
        int[] ends = RawSockets.pair();
        int flags = Descriptors.getStatusFlags(ends[0]);
        try (EventLoop other = EventLoop.open()) {
            Descriptor socket = way.take(other, ends[0]);
            assertEquals(ends[0], socket.disown());
            assertThrows(ClosedChannelException.class, () -> socket.disown());
            socket.close();
            assertThrows(ClosedChannelException.class, () -> socket.tryRead(ByteBuffer.allocate(1)));
        }
        assertEquals(flags, Descriptors.getStatusFlags(ends[0]));
        RawSockets.send(ends[1], 4);
        assertEquals(4, RawSockets.recv(ends[0]), "the descriptor is open");
        RawSockets.close(ends[0]);
        RawSockets.close(ends[1]);
    }

    /** A descriptor that was blocking, and that somebody else has got meanwhile, stays non-blocking for that one. */
    @ParameterizedTest
    @EnumSource
    void sharedOnesKeepTheirFlagsWhenDisowned(Way way) throws Exception {
        int[] pipe = Libc.pipe();
        int flags = Descriptors.getStatusFlags(pipe[0]);
        Descriptor taken = way.take(loop, pipe[0]);
        int other = Libc.dup(pipe[0]);
        taken.share();
        taken.disown();
        assertEquals(flags | Descriptors.O_NONBLOCK, Descriptors.getStatusFlags(other));
        RawSockets.close(other);
        RawSockets.close(pipe[0]);
        RawSockets.close(pipe[1]);
    }

    /** A descriptor that the loop could not take over stays the caller's, open and unchanged: blocking. */
    @Test
    void refusedOnes() throws Exception {
        int[] pipe = Libc.pipe();
        int flags = Descriptors.getStatusFlags(pipe[0]);
        EventLoop closed = EventLoop.open();
        closed.close();
        for (Way way : Way.values()) {
            assertThrows(IllegalStateException.class, () -> way.take(closed, pipe[0]));
            Thread thread = Thread.ofPlatform().start(
                    () -> assertThrows(WrongThreadException.class, () -> way.take(loop, pipe[0])));
            thread.join();
            assertEquals(flags, Descriptors.getStatusFlags(pipe[0]));
            Descriptor taken = way.take(loop, pipe[0]);
            assertTrue(flags != Descriptors.getStatusFlags(pipe[0]), "the loop has made it non-blocking");
            assertThrows(IOException.class, () -> way.take(loop, pipe[0]));
            assertTrue(flags != Descriptors.getStatusFlags(pipe[0]), "the second attempt has changed nothing");
            taken.disown();
            assertEquals(flags, Descriptors.getStatusFlags(pipe[0]));
        }
        assertThrows(IOException.class, () -> StreamSocket.own(loop, Integer.MAX_VALUE));
        RawSockets.close(pipe[0]);
        RawSockets.close(pipe[1]);
    }
}
