package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.faults.FaultEcho.Style;
import io.stepoll.faults.FaultWire.Ends;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The system calls of a buffered stream: how many there are, and faults in them. */
@Timeout(20)
class InjectedBufferedStreams extends FaultFixture {
    private static final int ROUNDS = 50;
    private static final int DEPTH = 16;

    private static void serve(BufferedStream stream) throws Exception {
        try (stream) {
            for (int length = stream.awaitLine(100); length >= 0; length = stream.awaitLine(100)) {
                stream.write(stream.input().slice(stream.input().position(), length));
                stream.takeFound();
                stream.print("\r\n");
            }
        }
    }

    /** Requests that come together cost one read and one write, and no other call that moves bytes. */
    @Test
    void pipelinedRequestsCostOneReadAndOneWrite() throws Exception {
        Ends ends = inTask(() -> FaultWire.TCP.open(loop));
        Descriptor served = ends.subject().in();
        Task<Void> serving = loop.spawn(() -> serve(BufferedStream.over(served)));
        loop.step(false); // what the loop knows nothing of is tried once
        List<Fault.Rule> reads = List.of(Fault.count("recv", served.fd()), Fault.count("recvmsg", served.fd()));
        List<Fault.Rule> writes = List.of(Fault.count("send", served.fd()), Fault.count("sendmsg", served.fd()));
        Fault.Rule changes = Fault.count("epoll_ctl mod", served.fd());
        ByteBuffer requests = ByteBuffer.wrap("a request\n".repeat(DEPTH).getBytes());
        inTaskBeside(() -> {
            ByteBuffer answers = ByteBuffer.allocate(DEPTH * "a request\r\n".length());
            for (int i = 0; i < ROUNDS; i++) {
                ends.peer().out().write(requests.rewind());
                answers.clear();
                while (answers.hasRemaining()) {
                    ends.peer().in().read(answers);
                }
                assertEquals("a request\r\n".repeat(DEPTH), new String(answers.array()));
            }
            assertEquals(ROUNDS, reads.stream().mapToInt(Fault.Rule::calls).sum());
            assertEquals(ROUNDS, writes.stream().mapToInt(Fault.Rule::calls).sum());
            assertEquals(0, changes.calls());
        }, ends, serving);
    }

    private void inTaskBeside(TaskBody body, Ends ends, Task<?> other) throws Exception {
        Task<?> task = loop.spawn(() -> {
            try {
                body.run();
            } finally {
                ends.peer().close();
            }
        });
        loop.runUntilDone();
        task.join();
        other.join();
    }

    /** What is buffered and a large buffer of the caller's go by one call. */
    @Test
    void aLargeWriteCostsOneCall() throws Exception {
        Ends ends = inTask(() -> FaultWire.TCP.open(loop));
        BufferedStream stream = BufferedStream.over(ends.subject().out());
        Fault.Rule plain = Fault.count("send", ends.subject().out().fd());
        Fault.Rule gathering = Fault.count("sendmsg", ends.subject().out().fd());
        inTask(() -> {
            stream.print("head");
            stream.write(ByteBuffer.allocateDirect(17_000));
            assertEquals(0, plain.calls());
            assertEquals(1, gathering.calls());
            stream.write(ByteBuffer.allocateDirect(17_000));
            assertTrue(plain.calls() > 0);
            assertEquals(1, gathering.calls());
            stream.close();
            ends.peer().close();
        });
    }

    static List<Arguments> faults() {
        List<Arguments> all = new ArrayList<>();
        for (FaultWire wire : FaultWire.values()) {
            for (Fault fault : List.of(Fault.EINTR, Fault.EAGAIN, Fault.SHORT)) {
                all.add(Arguments.of(wire, fault));
            }
        }
        return all;
    }

    /** Every third call gets the fault. No line is lost, doubled or cut. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("faults")
    void nothingIsLostOrDoubled(FaultWire wire, Fault fault) throws Exception {
        Ends ends = inTask(() -> wire.open(loop));
        Descriptor in = ends.subject().in();
        Descriptor out = ends.subject().out();
        Fault.Rule reads = fault.on(wire.readCall(Style.TASK), in.fd(), 10, 1, 3, 500);
        Fault.Rule writes = fault.on(wire.writeCall(Style.TASK), out.fd(), 10, 1, 3, 500);
        Task<Void> serving = loop.spawn(() -> serve(BufferedStream.over(in, out)));
        BufferedStream client = BufferedStream.over(ends.peer().in(), ends.peer().out());
        inTaskBeside(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                for (int j = 0; j < DEPTH; j++) {
                    client.print("line " + i + " " + j + "\n");
                }
                for (int j = 0; j < DEPTH; j++) {
                    assertEquals("line " + i + " " + j, client.readLine(100));
                }
            }
        }, ends, serving);
        assertTrue(reads.hits() >= 2 && writes.hits() >= 2, reads.hits() + " and " + writes.hits() + " faults");
    }
}
