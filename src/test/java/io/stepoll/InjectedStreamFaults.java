package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.FaultEcho.Style;
import io.stepoll.FaultWire.Ends;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults in reads and writes of streams. An echo server suffers them; its client, by other descriptors of the same
 * loop, does not, and gets back each byte once and in order. What calls the server made is counted by the shim.
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
                    continue; // for sockets only
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

    /** What comes back of it; the end goes there and back behind it. In a task. */
    private byte[] echoed(Ends ends, byte[] content) throws Exception {
        loop.spawn(() -> {
            loop.send(ends.peer().out(), ByteBuffer.wrap(content));
            ends.peer().shutdown();
            return null;
        });
        ByteBuffer back = ByteBuffer.allocate(content.length + 1);
        while (loop.recv(ends.peer().in(), back) >= 0) {
            assertTrue(back.hasRemaining(), "more has come back than went");
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

    /** Each second call is spoiled, for as long as it takes. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("unnoticed")
    void nothingIsLostOrDoubled(FaultWire wire, Style style, String call, Fault fault) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Fault.Rule reads = rule(ends, wire.readCall(style), Fault.NONE, 0, 0, 1, 0);
        Fault.Rule writes = rule(ends, wire.writeCall(style), Fault.NONE, 0, 0, 1, 0);
        Fault.Rule spoiled = rule(ends, call, fault, 100, 1, 2, Integer.MAX_VALUE);
        long eventsBefore = loop.reactor().poller.dispatched();
        long pollsBefore = loop.reactor().poller.polls();
        byte[] content = content(TOTAL);
        FaultEcho[] echo = new FaultEcho[1];
        byte[] back = inTask(() -> {
            echo[0] = FaultEcho.start(loop, ends.subject(), style);
            return echoed(ends, content);
        });
        assertArrayEquals(content, back);
        assertEquals(List.of(), echo[0].failures);
        assertTrue(spoiled.given() >= 5, spoiled.given() + " faults");
        // A call that was not spoiled has moved bytes, or found nothing left after an event, or the end.
        long events = loop.reactor().poller.dispatched() - eventsBefore;
        long polls = loop.reactor().poller.polls() - pollsBefore;
        long mine = reads.seen() + writes.seen();
        String counts = mine + " calls, " + spoiled.given() + " spoiled, " + echo[0].moves + " moves, " + events
                + " events, " + polls + " polls";
        assertTrue(mine <= spoiled.given() + 2L * echo[0].moves + events + 2, counts);
        assertTrue(events <= 4L * (mine + TOTAL / 100), counts);
        assertTrue(polls <= 2 * events + mine + 10, counts);
    }

    private record Counted(int calls, int given, int polls) {}

    private Counted ping(FaultWire wire, Style style, String call, Fault fault, int after) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Fault.Rule polls = Fault.count("epoll_wait", loop.fd());
        Fault.Rule spoiled = rule(ends, call, fault, 4, after, 1, fault == Fault.NONE ? 0 : 1);
        FaultEcho[] echo = new FaultEcho[1];
        byte[] back = inTask(() -> {
            echo[0] = FaultEcho.start(loop, ends.subject(), style);
            loop.sleep(0);
            loop.sleep(0);
            return echoed(ends, content(PING));
        });
        assertArrayEquals(content(PING), back);
        assertEquals(List.of(), echo[0].failures);
        Counted counted = new Counted(spoiled.seen(), spoiled.given(), polls.seen());
        Fault.clear();
        return counted;
    }

    /** One fault costs one call, whichever call it befalls. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("unnoticed")
    void oneFaultCostsOneCall(FaultWire wire, Style style, String call, Fault fault) throws Exception {
        Counted without = ping(wire, style, call, Fault.NONE, 0);
        assertTrue(without.calls >= 1 && without.calls <= 4, without::toString);
        for (int after = 0; after < without.calls; after++) {
            Counted with = ping(wire, style, call, fault, after);
            assertEquals(1, with.given);
            int further = fault == Fault.SHORT ? 3 : 1; // what was cut in two goes back in two
            assertTrue(with.calls <= without.calls + further, "after " + after + ": " + with + " not " + without);
        }
    }

    /** Whoever called is told, and can go on where it was. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("noticed")
    void theFailureIsNamed(FaultWire wire, Style style, String call, Fault fault) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Fault.Rule spoiled = rule(ends, call, fault, 0, 2, 3, 4);
        byte[] content = content(TOTAL);
        FaultEcho[] echo = new FaultEcho[1];
        int fd = isRead(call) ? ends.subject().in().fd() : ends.subject().out().fd();
        byte[] back = inTask(() -> {
            echo[0] = FaultEcho.start(loop, ends.subject(), style);
            return echoed(ends, content);
        });
        assertArrayEquals(content, back);
        assertEquals(4, spoiled.given());
        assertEquals(4, echo[0].failures.size());
        for (IOException failure : echo[0].failures) {
            SystemCallFailure.FailedCall failed = assertInstanceOf(SystemCallFailure.class, failure).failedCall();
            String named = style == Style.VECTORS ? call : isRead(call) ? "recv" : "send";
            assertEquals(named, failed.call());
            assertEquals(fault.errno(), failed.errno());
            assertEquals(fault.name(), failed.errnoName());
            String address = wire == FaultWire.TCP ? "tcp:127.0.0.1:" : "descriptor " + fd;
            assertTrue(failed.address().contains(address) && failure.getMessage().contains(failed.address()),
                    failure::getMessage);
        }
    }
}
