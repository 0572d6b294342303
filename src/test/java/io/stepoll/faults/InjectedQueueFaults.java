package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.Task;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteCompletion;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.support.Loops;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The system calls of a write queue: how many there are, and faults in them. */
@Timeout(20)
class InjectedQueueFaults extends FaultFixture {
    private final List<String> log = new ArrayList<>();

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Task<String> reads(Descriptor peer, int count) {
        return loop.spawn(() -> {
            ByteBuffer all = ByteBuffer.allocate(count);
            while (all.hasRemaining() && peer.read(all) >= 0) {
                // and so on
            }
            return StandardCharsets.US_ASCII.decode(all.flip()).toString();
        });
    }

    private FaultWire.Ends open(FaultWire wire) throws Exception {
        Task<FaultWire.Ends> ends = loop.spawn(() -> wire.open(loop));
        loop.runUntilDone();
        return ends.join();
    }

    private static String call(FaultWire wire) {
        return wire.writeCall(FaultEcho.Style.VECTORS);
    }

    /** Copied messages, large ones and shared ones go by one call together. */
    @ParameterizedTest
    @EnumSource
    void whatIsQueuedGoesByOneCall(FaultWire wire) throws Exception {
        FaultWire.Ends ends = open(wire);
        Descriptor out = ends.subject().out();
        WriteQueue queue = WriteQueue.over(out);
        Fault.Rule calls = Fault.count(call(wire), out.fd());
        Fault.Rule arms = Fault.count("epoll_ctl mod", Fault.ANY);
        StringBuilder all = new StringBuilder();
        try (SharedMessage message = SharedMessage.copyOf(loop, bytes("shared"))) {
            for (int i = 0; i < 50; i++) {
                String text = "message " + i;
                queue.write(bytes(text));
                queue.write(message);
                all.append(text).append("shared");
            }
        }
        Loops.steps(loop, 2);
        assertEquals(1, calls.calls());
        assertEquals(0, arms.calls());
        assertEquals(0, queue.pendingBytes());
        Task<String> peer = reads(ends.peer().in(), all.length());
        loop.runUntilDone();
        assertEquals(all.toString(), peer.join());
        ends.subject().close();
        ends.peer().close();
    }

    /** A peer that does not read costs no further calls. */
    @ParameterizedTest
    @EnumSource
    void aFullSocketIsNotTriedAgain(FaultWire wire) throws Exception {
        FaultWire.Ends ends = open(wire);
        Descriptor out = ends.subject().out();
        WriteQueue queue = WriteQueue.over(out).limit(1 << 24, WriteQueue.WhenFull.DROP);
        queue.write(bytes("x".repeat(5_000_000)));
        Loops.steps(loop, 2);
        Fault.Rule calls = Fault.count(call(wire), out.fd());
        Fault.Rule arms = Fault.count("epoll_ctl mod", Fault.ANY);
        for (int i = 0; i < 100; i++) {
            queue.write(bytes("y"));
            loop.step(false);
        }
        int all = calls.calls() + arms.calls();
        assertTrue(all < 10, () -> all + " calls"); // the room of TCP may grow once more
        Task<String> peer = reads(ends.peer().in(), 5_000_100);
        loop.runUntilDone();
        assertEquals("x".repeat(5_000_000) + "y".repeat(100), peer.join());
        ends.subject().close();
        ends.peer().close();
    }

    /** Short writes, interrupted ones and ones that would block: nothing is lost, doubled or out of order. */
    @ParameterizedTest
    @EnumSource
    void faultsThatNobodyNotices(FaultWire wire) throws Exception {
        FaultWire.Ends ends = open(wire);
        Descriptor out = ends.subject().out();
        WriteQueue queue = WriteQueue.over(out);
        Fault.Rule shorter = Fault.SHORT.on(call(wire), out.fd(), 7, 0, 3, Integer.MAX_VALUE);
        Fault.Rule interrupted = Fault.EINTR.on(call(wire), out.fd(), 1, 5, Integer.MAX_VALUE);
        Fault.Rule blocks = Fault.EAGAIN.on(call(wire), out.fd(), 2, 7, Integer.MAX_VALUE);
        StringBuilder all = new StringBuilder();
        int[] told = new int[1];
        for (int i = 0; i < 300; i++) {
            String text = i + " " + "z".repeat(i % 40);
            int number = i;
            queue.write(bytes(text), () -> assertEquals(number, told[0]++));
            all.append(text);
            if (i % 10 == 0) {
                loop.step(false);
            }
        }
        Task<String> peer = reads(ends.peer().in(), all.length());
        loop.runUntilDone();
        assertEquals(all.toString(), peer.join());
        assertEquals(300, told[0]);
        assertTrue(shorter.hits() > 3 && interrupted.hits() > 0 && blocks.hits() > 0,
                () -> shorter.hits() + " " + interrupted.hits() + " " + blocks.hits());
        ends.subject().close();
        ends.peer().close();
    }

    /** epoll_ctl(2) refuses to wait for room: the queue fails, and says so. */
    @ParameterizedTest
    @EnumSource(names = {"ENOMEM", "ENOSPC"})
    void theWaitIsRefused(Fault fault) throws Exception {
        FaultWire.Ends ends = open(FaultWire.UNIX);
        Descriptor out = ends.subject().out();
        WriteQueue queue = WriteQueue.over(out);
        Fault.Rule rule = fault.first(1, "epoll_ctl mod", Fault.ANY);
        queue.write(bytes("x".repeat(1_000_000)), new WriteCompletion() {
            @Override
            public void written() {
                log.add("written");
            }

            @Override
            public void failed(IOException failure) {
                log.add(failure.getMessage());
            }
        });
        Loops.steps(loop, 3);
        assertEquals(1, rule.hits());
        assertEquals(1, log.size());
        assertTrue(log.getFirst().contains("epoll_ctl") && log.getFirst().contains(fault.name()), log::toString);
        assertEquals(0, loop.buffers().takenBytes());
        ends.peer().close();
    }

    /** Where the kernel does not know pwritev2(2) for a file, the pieces go one after the other. */
    @ParameterizedTest
    @EnumSource(names = {"EPERM"})
    void aPipeThatDoesNotKnowTheCall(Fault fault) throws Exception {
        FaultWire.Ends ends = open(FaultWire.PIPES);
        Descriptor out = ends.subject().out();
        WriteQueue queue = WriteQueue.over(out);
        Fault.Rule rule = fault.first(1, "write", out.fd());
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            String text = i + "p".repeat(1000);
            queue.write(bytes(text));
            all.append(text);
        }
        Task<String> peer = reads(ends.peer().in(), all.length());
        loop.runUntilDone();
        assertEquals(all.toString(), peer.join());
        assertEquals(1, rule.hits());
        ends.subject().close();
        ends.peer().close();
    }
}
