package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.TaskBody;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.FaultBuild;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.KernelThread;
import io.stepoll.support.Libc;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop's thread gets signals without end, and their handler has no SA_RESTART: EINTR comes out of each wait. */
@Timeout(240)
class SignalsTest {
    private static final int EVERY_MICROS = 200;
    private static final int FEWEST = 50;
    private static final int MUCH = 4 << 20;

    private Snapshot before;
    private EventLoop loop;

    @BeforeAll
    static void askForTheFaultBuild() {
        FaultBuild.library();
    }

    @BeforeEach
    void begin() throws IOException {
        before = DescriptorLeaks.open();
        loop = EventLoop.open();
        Surroundings.signal(Integer.parseInt(KernelThread.current().folder().getFileName().toString()), EVERY_MICROS);
    }

    @AfterEach
    void end() throws Exception {
        Surroundings.endSignals();
        loop.close();
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    /** Runs the code in a task, again and again until the thread has handled enough signals. */
    private void inTask(TaskBody body) throws Exception {
        do {
            TaskResults.of(loop, loop.spawn(body));
        } while (Surroundings.signals() < FEWEST);
    }

    /** A sleep lasts as long as asked. Each signal costs one poll, so the loop does not spin. */
    @Test
    void sleep() throws Exception {
        Duration asked = Duration.ofMillis(20);
        inTask(() -> {
            long polls = Loop.of(loop).poller().polls();
            int signals = Surroundings.signals();
            long begun = Loop.of(loop).reactor().nowNanos(); // a delay counts from the time of its phase
            loop.sleep(asked);
            long slept = Loop.of(loop).reactor().clockNanos() - begun;
            assertTrue(slept >= asked.toNanos(), () -> "slept " + slept + " ns");
            long taken = Loop.of(loop).poller().polls() - polls;
            assertTrue(taken <= Surroundings.signals() - signals + 5, () -> taken + " polls");
        });
    }

    /** Connections are made, carry all bytes in both directions, and are closed once. */
    @Test
    void connections() throws Exception {
        inTask(() -> {
            for (int round = 0; round < 10; round++) {
                for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
                    StreamSocket[] two = StreamKind.connect(loop, kind.fresh());
                    two[0].write(ByteBuffer.allocate(1));
                    assertEquals(1, two[1].read(ByteBuffer.allocate(9)));
                    two[0].close();
                    assertEquals(-1, two[1].read(ByteBuffer.allocate(9)));
                    two[1].close();
                }
            }
        });
    }

    /** Much in one write, which waits for its reader again and again. */
    @Test
    void transfer() throws Exception {
        for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
            inTask(() -> {
                StreamSocket[] two = StreamKind.connect(loop, kind.fresh());
                loop.spawn(() -> {
                    two[0].write(ByteBuffer.allocate(MUCH));
                    two[0].close();
                });
                ByteBuffer target = ByteBuffer.allocateDirect(1 << 16);
                long read = 0;
                for (int count = two[1].read(target); count >= 0; count = two[1].read(target.clear())) {
                    read += count;
                }
                assertEquals(MUCH, read);
                two[1].close();
            });
        }
    }

    /** Datagrams, and a pipe, whose calls are read(2) and write(2). */
    @Test
    void others() throws Exception {
        DatagramEndpoint[] datagrams = DatagramEndpoint.pair(loop);
        int[] ends = Libc.pipe();
        Descriptor in = loop.own(ends[0]);
        Descriptor out = loop.own(ends[1]);
        inTask(() -> {
            for (int round = 0; round < 50; round++) {
                datagrams[0].write(ByteBuffer.allocate(3));
                assertEquals(3, datagrams[1].read(ByteBuffer.allocate(9)));
                loop.callLater(Duration.ofMillis(1), () -> tryWrite(out));
                assertEquals(1, in.read(ByteBuffer.allocate(9)));
            }
            assertEquals(3, loop.offload(() -> 3));
        });
    }

    private static void tryWrite(Descriptor out) {
        try {
            out.tryWrite(ByteBuffer.allocate(1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A connection that comes while the listener waits. */
    @Test
    void accept() throws Exception {
        inTask(() -> {
            try (Listener listener = Listener.bind(loop, StreamKind.TCP.fresh())) {
                for (int round = 0; round < 20; round++) {
                    loop.spawn(() -> {
                        loop.sleep(Duration.ofMillis(2));
                        StreamSocket.connect(loop, listener.localAddress()).close();
                    });
                    listener.accept(Duration.ofSeconds(30)).close();
                }
            }
        });
    }
}
