package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.faults.AcceptOutOfDescriptors;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import io.stepoll.support.VirtualTimeFixture;
import java.io.BufferedReader;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calls with a timeout. A call that has timed out leaves no timer and no waiter behind, and its socket stays usable.
 */
@Timeout(60)
class DeadlineTest extends VirtualTimeFixture {
    private static final int MOST_PAIRS = 100;

    /** Makes a call that is to time out after an hour and to leave nothing to do. */
    private SocketTimeoutException timesOut(Callable<?> call) {
        SocketTimeoutException timeout = TimedCalls.timesOut(loop, clock, HOUR, call);
        assertTrue(loop.step(false).done());
        return timeout;
    }

    @ParameterizedTest
    @EnumSource
    void awaitRequest(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        timesOut(() -> pair[0].awaitRequest(HOUR));
        assertTrue(inTask(() -> {
            pair[1].write(ByteBuffer.allocate(1));
            return pair[0].awaitRequest(HOUR);
        }));
        assertEquals(1, inTask(() -> pair[0].read(ByteBuffer.allocate(8), HOUR)));
    }

    @ParameterizedTest
    @EnumSource
    void readAndWrite(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        String message = timesOut(() -> pair[0].read(ByteBuffer.allocate(8), HOUR)).getMessage();
        assertTrue(message.contains("recv on ") && message.contains("timed out"), message);
        ByteBuffer much = ByteBuffer.allocateDirect(StreamKind.MUCH);
        int went = timesOut(() -> pair[0].write(much, HOUR)).bytesTransferred;
        assertEquals(much.position(), went);
        assertTrue(went > 0);
        drain(pair[1], went);
        assertEquals(5, inTask(() -> pair[1].write(ByteBuffer.allocate(5), HOUR)));
        assertEquals(5, inTask(() -> pair[0].read(ByteBuffer.allocate(8))));
        assertEquals(7, inTask(() -> pair[0].write(ByteBuffer.allocate(7), HOUR)));
        drain(pair[1], 7);
        pair[0].close();
        assertEquals(-1, inTask(() -> pair[1].read(ByteBuffer.allocate(8))));
        pair[1].close();
    }

    private void drain(StreamSocket socket, int count) throws Exception {
        ByteBuffer received = ByteBuffer.allocateDirect(count);
        inTask(() -> {
            while (received.hasRemaining()) {
                assertTrue(socket.read(received) > 0);
            }
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource
    void vectored(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        ByteBuffer[] targets = {ByteBuffer.allocate(3), ByteBuffer.allocateDirect(5)};
        timesOut(() -> pair[0].descriptor().read(targets, 0, 2, HOUR));
        ByteBuffer[] sources = {ByteBuffer.allocate(10), ByteBuffer.allocateDirect(StreamKind.MUCH)};
        int went = timesOut(() -> pair[0].descriptor().write(sources, 0, 2, HOUR)).bytesTransferred;
        assertEquals(sources[0].position() + sources[1].position(), went);
        drain(pair[1], went);
        assertEquals(8, inTask(() -> pair[1].write(ByteBuffer.allocate(8))));
        assertEquals(8, inTask(() -> {
            long count = 0;
            while (count < 8) {
                count += pair[0].descriptor().read(targets, 0, 2);
            }
            return count;
        }));
        pair[0].close();
        pair[1].close();
    }

    @Test
    void adoptedDescriptor() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.adopt(ends[0]);
        timesOut(() -> socket.read(ByteBuffer.allocate(8), HOUR));
        RawSockets.send(ends[1], 2);
        assertEquals(2, inTask(() -> socket.read(ByteBuffer.allocate(8), HOUR)));
        RawSockets.close(ends[1]);
    }

    /** A backlog of 0 takes one connection. */
    @ParameterizedTest
    @EnumSource
    void acceptAndConnect(StreamKind kind) throws Exception {
        try (Listener listener = Listener.bind(loop, kind.fresh(), 0)) {
            SocketAddress address = listener.localAddress();
            timesOut(() -> listener.accept(HOUR));
            StreamSocket first = inTask(() -> StreamSocket.connect(loop, address));
            TaskResults.of(loop, loop.spawn(() -> listener.descriptor().awaitReadable())); // the backlog is full
            DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
            assertThrows(SocketTimeoutException.class,
                    () -> inTask(() -> StreamSocket.connect(loop, address, HOUR)));
            assertEquals(List.of(), DescriptorLeaks.difference(before));
            StreamSocket accepted = inTask(() -> listener.accept());
            assertTrue(accepted.isOpen() && first.isOpen());
            timesOut(() -> listener.accept(HOUR));
            accepted.close();
            first.close();
        }
    }

    /** Without a timeout a connect waits until there is room: on TCP until the kernel sends its SYN again. */
    @ParameterizedTest
    @EnumSource
    void connectWaitsForRoomInTheBacklog(StreamKind kind) throws Exception {
        try (EventLoop real = EventLoop.open(); Listener listener = Listener.bind(real, kind.fresh(), 0)) {
            SocketAddress address = listener.localAddress();
            Task<StreamSocket> first = real.spawn(() -> StreamSocket.connect(real, address));
            real.runUntilDone();
            Task<StreamSocket> second = real.spawn(() -> StreamSocket.connect(real, address));
            Loops.steps(real, 10);
            assertFalse(second.isDone());
            Task<StreamSocket> accepting = real.spawn(() -> {
                listener.accept().close();
                return listener.accept();
            });
            real.runUntilDone();
            accepting.join().close();
            first.join().close();
            second.join().close();
        }
    }

    /** A wait that ends in time leaves no timer, so its deadline does not end the next wait. */
    @Test
    void deadlineOfAnEarlierWaitDoesNotEndTheNextOne() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<String> reader = loop.spawn(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(1);
            int first = pair[0].read(buffer, HOUR);
            int second = pair[0].read(buffer.clear());
            return first + " " + second;
        });
        loop.callLater(HOUR.dividedBy(2), () -> RawSockets.send(pair[1].descriptor().fd(), 1));
        loop.callLater(HOUR.multipliedBy(2), () -> RawSockets.send(pair[1].descriptor().fd(), 1));
        loop.runUntilDone();
        assertEquals("1 1", reader.join());
        assertEquals(0, Loop.of(loop).timers().size());
    }

    /**
     * The descriptor is closed in the phase in which the deadline comes. The wait ends as closed. It does not touch the
     * number any more, which another socket has by then.
     */
    @Test
    void closedInThePhaseOfTheDeadline() throws Exception {
        RawSockets.assumeRefusable(); // a socket that takes descriptors is closed by another thread, some time later
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        Task<Integer> reader = loop.spawn(() -> socket.read(ByteBuffer.allocate(8), HOUR));
        loop.step(false);
        List<Integer> opened = new ArrayList<>(List.of(ends[1]));
        loop.callLater(HOUR, () -> { // newer than the reader's deadline, so first
            socket.close();
            RawSockets.send(peerOf(ends[0], opened), 5);
        });
        loop.runUntilDone();
        assertInstanceOf(AsynchronousCloseException.class,
                assertThrows(ExecutionException.class, reader::join).getCause());
        assertEquals(5, RawSockets.recv(ends[0]), "the reader has not read from the new socket");
        opened.forEach(RawSockets::close);
    }

    /**
     * Opens sockets until one of them has the number. Returns its peer. The kernel gives the lowest number that is
     * free, which is another one if the JVM has closed a file meanwhile.
     */
    private static int peerOf(int number, List<Integer> opened) {
        for (int i = 0; i < MOST_PAIRS; i++) {
            int[] pair = RawSockets.pair();
            opened.addAll(List.of(pair[0], pair[1]));
            if (pair[0] == number || pair[1] == number) {
                return pair[0] == number ? pair[1] : pair[0];
            }
        }
        throw new AssertionError("no new socket has the number " + number);
    }

    /** On TCP and Unix, adopted and owned, in tasks and callbacks; see {@link AcceptOutOfDescriptors}. */
    @Test
    void acceptWaitsForDescriptors() throws Exception {
        ProcessBuilder java = ChildJvm.builder(List.of(), AcceptOutOfDescriptors.class.getName());
        List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -n 200; exec \"$@\"", "sh"));
        limited.addAll(java.command());
        Process child = new ProcessBuilder(limited).redirectErrorStream(true).start();
        try (BufferedReader output = child.inputReader()) {
            assertEquals(List.of("TCP ADOPT task true", "TCP ADOPT callback true", "TCP OWN task true",
                    "TCP OWN callback true", "UNIX ADOPT task true", "UNIX ADOPT callback true", "UNIX OWN task true",
                    "UNIX OWN callback true"), output.lines().toList());
            assertEquals(0, child.waitFor());
        } finally {
            child.destroyForcibly().waitFor();
        }
    }
}
