package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.faults.FaultEcho.Style;
import io.stepoll.faults.FaultWire.Ends;
import io.stepoll.internal.loop.Loop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults in reads and writes of streams, in an echo server only. Its client, with other descriptors on the same loop,
 * gets back each byte once and in order. The shim counts the calls of the server.
 */
@Timeout(20)
class InjectedStreamFaults extends FaultFixture {
    private static final int TOTAL = 200_000;
    private static final int PING = 10;

    private static List<Arguments> cases(Fault... faults) {
        List<Arguments> all = new ArrayList<>();
        for (FaultWire wire : FaultWire.values()) {
            for (Style style : Style.values()) {
                if (wire == FaultWire.PIPES && style == Style.VECTORS) {
                    continue; // several buffers are for sockets only
                }
                for (Fault fault : faults) {
                    all.add(Arguments.of(wire, style, wire.readCall(style), fault));
                    all.add(Arguments.of(wire, style, wire.writeCall(style), fault));
                }
            }
        }
        return all;
    }

    static List<Arguments> unnoticed() {
        return cases(Fault.EINTR, Fault.EAGAIN, Fault.SHORT);
    }

    static List<Arguments> noticed() {
        return cases(Fault.ENOMEM, Fault.ENOBUFS);
    }

    private static boolean isRead(String call) {
        return call.startsWith("re");
    }

    private static Fault.Rule rule(Ends ends, String call, Fault fault, int most, int after, int every, int times) {
        return fault.on(call, isRead(call) ? ends.subject().in().fd() : ends.subject().out().fd(), most, after, every,
                times);
    }

    /** Sends the content and the end, and returns what comes back before the end. In a task. */
    private byte[] echoed(Ends ends, byte[] content) throws Exception {
        loop.spawn(() -> {
            ends.peer().out().write(ByteBuffer.wrap(content));
            ends.peer().shutdown();
        });
        ByteBuffer back = ByteBuffer.allocate(content.length + 1);
        while (ends.peer().in().read(back) >= 0) {
            assertTrue(back.hasRemaining(), "more bytes came back than were sent");
        }
        ends.peer().close();
        byte[] bytes = new byte[back.position()];
        back.flip().get(bytes);
        return bytes;
    }

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new SplittableRandom(length).nextBytes(content);
        return content;
    }

    /** Every second call gets the fault, to the end. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("unnoticed")
    void nothingIsLostOrDoubled(FaultWire wire, Style style, String call, Fault fault) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Fault.Rule reads = rule(ends, wire.readCall(style), Fault.NONE, 0, 0, 1, 0);
        Fault.Rule writes = rule(ends, wire.writeCall(style), Fault.NONE, 0, 0, 1, 0);
        Fault.Rule rule = rule(ends, call, fault, 100, 1, 2, Integer.MAX_VALUE);
        long eventsBefore = Loop.of(loop).poller().dispatched();
        long pollsBefore = Loop.of(loop).poller().polls();
        byte[] content = content(TOTAL);
        FaultEcho[] echo = new FaultEcho[1];
        byte[] back = inTask(() -> {
            echo[0] = FaultEcho.start(loop, ends.subject(), style);
            return echoed(ends, content);
        });
        assertArrayEquals(content, back);
        assertEquals(List.of(), echo[0].failures);
        assertTrue(rule.hits() >= 5, rule.hits() + " faults");
        // A call without a fault has moved bytes, or found nothing left after an event, or found the end.
        long events = Loop.of(loop).poller().dispatched() - eventsBefore;
        long polls = Loop.of(loop).poller().polls() - pollsBefore;
        long calls = reads.calls() + writes.calls();
        String counts = calls + " calls, " + rule.hits() + " faults, " + echo[0].moves + " moves, " + events
                + " events, " + polls + " polls";
        assertTrue(calls <= rule.hits() + 2L * echo[0].moves + events + 2, counts);
        assertTrue(events <= 4L * (calls + TOTAL / 100), counts);
        assertTrue(polls <= 2 * events + calls + 10, counts);
    }

    private record Counted(int calls, int hits, int polls) {}

    private Counted ping(FaultWire wire, Style style, String call, Fault fault, int after) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Fault.Rule polls = Fault.count("epoll_wait", loop.fd());
        Fault.Rule rule = rule(ends, call, fault, 4, after, 1, fault == Fault.NONE ? 0 : 1);
        FaultEcho[] echo = new FaultEcho[1];
        byte[] back = inTask(() -> {
            echo[0] = FaultEcho.start(loop, ends.subject(), style);
            loop.sleep(Duration.ZERO);
            loop.sleep(Duration.ZERO);
            return echoed(ends, content(PING));
        });
        assertArrayEquals(content(PING), back);
        assertEquals(List.of(), echo[0].failures);
        Counted counted = new Counted(rule.calls(), rule.hits(), polls.calls());
        Fault.clear();
        return counted;
    }

    /** One fault costs one more call, whichever call it hits. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("unnoticed")
    void oneFaultCostsOneMoreCall(FaultWire wire, Style style, String call, Fault fault) throws Exception {
        Counted without = ping(wire, style, call, Fault.NONE, 0);
        assertTrue(without.calls >= 1 && without.calls <= 4, without::toString);
        for (int after = 0; after < without.calls; after++) {
            Counted with = ping(wire, style, call, fault, after);
            assertEquals(1, with.hits);
            int further = fault == Fault.SHORT ? 3 : 1; // bytes that come in two pieces go back in two
            assertTrue(with.calls <= without.calls + further, "after " + after + ": " + with + " not " + without);
        }
    }

    /** The caller gets the failure, and can go on where it was. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("noticed")
    void aFailureNamesCallErrnoAndAddress(FaultWire wire, Style style, String call, Fault fault) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Fault.Rule rule = rule(ends, call, fault, 0, 2, 3, 4);
        byte[] content = content(TOTAL);
        FaultEcho[] echo = new FaultEcho[1];
        int fd = isRead(call) ? ends.subject().in().fd() : ends.subject().out().fd();
        byte[] back = inTask(() -> {
            echo[0] = FaultEcho.start(loop, ends.subject(), style);
            return echoed(ends, content);
        });
        assertArrayEquals(content, back);
        assertEquals(4, rule.hits());
        assertEquals(4, echo[0].failures.size());
        String named = style == Style.VECTORS ? call : isRead(call) ? "recv" : "send";
        String address = wire == FaultWire.TCP ? "tcp:127.0.0.1:" : "descriptor " + fd;
        for (IOException failure : echo[0].failures) {
            assertTrue(assertFailure(named, fault, failure).failedCall().address().contains(address),
                    failure::getMessage);
        }
    }
}
