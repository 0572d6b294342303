package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.LogCapture;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import java.nio.ByteBuffer;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A descriptor that no code can reach any more is closed and reported once. If the loop traces descriptors the report
 * says where it was opened.
 */
@Timeout(60)
class UnclosedTest {
    @ParameterizedTest(name = "{0}, traced {1}")
    @CsvSource({"TCP,true", "TCP,false", "TCP6,true", "UNIX,true", "UNIX,false", "PIPE,true", "PIPE,false",
        "SOCKETS,true"})
    void closedAndReportedOnce(String kind, boolean traced) throws Exception {
        try (LogCapture log = new LogCapture();
                EventLoop loop = EventLoop.builder().traceDescriptors(traced).open()) {
            Descriptor kept = leak(loop, kind);
            Task<Integer> end = loop.spawn(() -> kept.read(ByteBuffer.allocate(8)));
            Thread collector = Thread.ofPlatform().daemon().start(() -> {
                while (!end.isDone()) {
                    System.gc();
                    Thread.onSpinWait();
                }
            });
            loop.runUntilDone();
            collector.join();
            assertEquals(-1, end.join(), "the peer sees the end");
            loop.runUntilDone();
            assertEquals(1, log.messages().size(), log.messages()::toString);
            LogRecord report = log.records().getFirst();
            assertTrue(report.getMessage().contains("was never closed"), report.getMessage());
            if (traced) {
                assertTrue(Stream.of(report.getThrown().getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("leak")), "where it was opened");
            } else {
                assertNull(report.getThrown());
            }
            kept.close();
        }
    }

    /** Opens two descriptors that are connected, and returns one of them. The other one is then unreachable. */
    private static Descriptor leak(EventLoop loop, String kind) throws Exception {
        if (kind.equals("PIPE")) {
            int[] ends = Libc.pipe();
            loop.adopt(ends[1]);
            return loop.adopt(ends[0]);
        }
        if (kind.equals("SOCKETS")) {
            return StreamSocket.pair(loop)[0].descriptor();
        }
        int[] numbers = disowned(loop, StreamKind.valueOf(kind));
        loop.own(numbers[1]);
        return loop.own(numbers[0]);
    }

    private static int[] disowned(EventLoop loop, StreamKind kind) throws Exception {
        var pair = kind.connect(loop);
        int[] numbers = {pair[0].descriptor().disown(), pair[1].descriptor().disown()};
        assertTrue(Descriptors.getStatusFlags(numbers[0]) >= 0);
        return numbers;
    }

    /** A task that waits for a descriptor keeps it reachable, and so does a handler. */
    @ParameterizedTest
    @ValueSource(strings = {"task", "handler"})
    void notClosedWhileAWaiterRemains(String style) throws Exception {
        int[] ends = Libc.pipe();
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open()) {
            int[] received = new int[1];
            wait(loop, ends[0], style.equals("task"), received);
            for (int i = 0; i < 10; i++) {
                System.gc();
                loop.step(false);
            }
            Libc.write(ends[1], "still there");
            loop.runUntilDone();
            assertEquals("still there".length(), received[0]);
            loop.runUntilDone();
            assertTrue(log.messages().stream().noneMatch(message -> message.contains("never closed")),
                    log.messages()::toString);
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    private static void wait(EventLoop loop, int fd, boolean inTask, int[] received) throws Exception {
        Descriptor source = loop.adopt(fd);
        if (inTask) {
            loop.spawn(() -> {
                received[0] = source.read(ByteBuffer.allocate(100));
                source.close();
            });
        } else {
            source.handle(descriptor -> {
                received[0] = descriptor.tryRead(ByteBuffer.allocate(100));
                descriptor.close();
            }, true, false);
        }
    }
}
