package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.Task;
import io.stepoll.Timer;
import io.stepoll.buffer.IdleTimeoutException.Idle;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.StreamKind;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends a wait of a buffered stream, what that leaves, and what a stream holds while it waits. Time is virtual. */
@Timeout(60)
class WaitsTest extends StreamFixture {
    private static final Duration TEN = Duration.ofSeconds(10);

    @Test
    void anIdleStreamHoldsNoBuffer() throws Exception {
        Task<?> serving = loop.spawn(() -> {
            for (String line = stream.readLine(100); line != null; line = stream.readLine(100)) {
                stream.print(line);
                stream.print("\n");
            }
        });
        inTask(() -> {
            loop.sleep(SECOND);
            assertEquals(0, loop.buffers().takenBytes(), "it waits for the first line");
            send("par");
            loop.sleep(SECOND);
            assertEquals(InputBuffer.CAPACITY, loop.buffers().takenBytes(), "it holds a part of a line");
            send("t\n");
            loop.sleep(SECOND);
            assertEquals("part\n", received());
            assertEquals(0, loop.buffers().takenBytes(), "it waits for the next line");
            peer.close();
            serving.join();
        });
    }

    /** A buffer that was asked for and got no byte is no reason to hold it. */
    @Test
    void anEmptyOutputHoldsNoBuffer() throws Exception {
        Task<?> waiting = loop.spawn(() -> {
            stream.output(100);
            stream.fill();
        });
        inTask(() -> {
            loop.sleep(SECOND);
            assertEquals(0, loop.buffers().takenBytes());
            send("x");
            waiting.join();
        });
    }

    @Test
    void aBlockedWriterHoldsItsOutputAlone() throws Exception {
        Task<?> writing = loop.spawn(() -> {
            send("x");
            stream.skip(stream.fill());
            for (;;) {
                stream.print("0123456789");
            }
        });
        inTask(() -> {
            loop.sleep(SECOND);
            assertEquals(OutputBuffer.CAPACITY, loop.buffers().takenBytes());
            writing.cancel();
        });
        assertThrows(CancellationException.class, writing::join);
    }

    /** By a deadline, a cancel and a timeout: each line comes whole, whatever had come of it before. */
    @ParameterizedTest
    @ValueSource(strings = {"deadline", "interrupt", "waitTimeout"})
    void anEndedWaitForInputLosesNoByte(String how) throws Exception {
        List<String> lines = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        Task<?> reading = loop.spawn(() -> {
            if (how.equals("waitTimeout")) {
                stream.waitTimeout(TEN);
            }
            while (lines.size() < 2) {
                try {
                    String line = how.equals("deadline") ? loop.within(TEN, () -> stream.readLine(100))
                            : stream.readLine(100);
                    lines.add(line);
                } catch (InterruptedIOException | DeadlineExceededException e) {
                    parts.add(text(stream.input()));
                }
            }
        });
        inTask(() -> {
            send("fir");
            loop.sleep(TEN.multipliedBy(2));
            reading.thread().interrupt();
            loop.sleep(SECOND);
            send("st\nsec");
            loop.sleep(TEN.multipliedBy(2));
            reading.thread().interrupt();
            loop.sleep(SECOND);
            send("ond\n");
            reading.join();
        });
        assertEquals(List.of("first", "second"), lines);
        assertTrue(parts.contains("fir") && parts.contains("sec"), parts::toString);
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer.duplicate()).toString();
    }

    /** What has not gone goes with the next write, once and in order. */
    @ParameterizedTest
    @ValueSource(strings = {"deadline", "interrupt", "waitTimeout", "idleTimeout", "writeIdleTimeout"})
    void anEndedWaitForRoomLosesNoByte(String how) throws Exception {
        StringBuilder expected = new StringBuilder();
        Task<Integer> writing = loop.spawn(() -> {
            switch (how) {
                case "waitTimeout" -> stream.waitTimeout(TEN);
                case "idleTimeout" -> stream.idleTimeout(TEN);
                case "writeIdleTimeout" -> stream.writeIdleTimeout(TEN);
                default -> {}
            }
            int ends = 0;
            for (int i = 0; i < 100_000; i++) {
                String text = i + " ";
                expected.append(text);
                stream.print(text);
                if (i % 1000 == 0) {
                    ByteBuffer large = bytes("-".repeat(20_000));
                    expected.append("-".repeat(20_000));
                    while (large.hasRemaining()) {
                        try {
                            if (how.equals("deadline")) {
                                loop.within(TEN, () -> stream.write(large));
                            } else {
                                stream.write(large);
                            }
                        } catch (InterruptedIOException | DeadlineExceededException e) {
                            ends++;
                        }
                    }
                }
            }
            stream.flush();
            stream.shutdownOutput();
            return ends;
        });
        ByteBuffer came = ByteBuffer.allocate(8 << 20);
        inTask(() -> {
            int count = 0;
            while (count >= 0) {
                if (came.position() < 1 << 21) {
                    loop.sleep(TEN.multipliedBy(3));
                    if (how.equals("interrupt") && !writing.isDone()) {
                        writing.thread().interrupt();
                        loop.sleep(SECOND);
                    }
                }
                ByteBuffer part = came.slice(came.position(), Math.min(came.remaining(), 300_000));
                count = peer.read(part);
                came.position(came.position() + Math.max(count, 0));
            }
        });
        assertTrue(writing.join() > 0, "no wait was ended");
        assertEquals(expected.toString(), text(came.flip()));
    }

    @Test
    void eachWaitHasItsTimeout() throws Exception {
        stream.waitTimeout(TEN);
        inTask(() -> {
            long begin = clock.nanoTime();
            loop.spawn(() -> {
                for (int i = 0; i < 3; i++) {
                    loop.sleep(Duration.ofSeconds(9));
                    send("x");
                }
            });
            SocketTimeoutException timeout = assertThrows(SocketTimeoutException.class, () -> stream.readLine(100));
            assertFalse(timeout instanceof IdleTimeoutException);
            assertEquals(37, secondsSince(begin), "each byte begins a wait");
            assertTrue(timeout.getMessage().startsWith("readLine on ")
                    && timeout.getMessage().endsWith(": timed out after PT10S"), timeout::getMessage);
            assertEquals("xxx", text(stream.input()));
        });
    }

    /** Nobody has kept when such a wait began, so it counts from the limit on. */
    @Test
    void theFirstLimitCountsForAWaitThatGoesOn() throws Exception {
        long begin = clock.nanoTime();
        Task<?> reading = loop.spawn(() -> stream.fill());
        inTask(() -> {
            loop.sleep(MINUTE);
            stream.waitTimeout(TEN);
        });
        assertInstanceOf(SocketTimeoutException.class,
                assertThrows(ExecutionException.class, reading::join).getCause());
        assertEquals(70, secondsSince(begin));
    }

    /** Bytes that come while there is no limit end what was silent before. */
    @Test
    void aLimitThatIsSetAgainBeginsAnew() throws Exception {
        stream.readIdleTimeout(TEN);
        inTask(() -> {
            assertThrows(DeadlineExceededException.class,
                    () -> loop.within(Duration.ofSeconds(6), () -> stream.readLine(100)));
            stream.readIdleTimeout(ChronoUnit.FOREVER.getDuration());
            send("a line\n");
            assertEquals("a line", stream.readLine(100));
            stream.readIdleTimeout(TEN);
            long begin = clock.nanoTime();
            assertThrows(IdleTimeoutException.class, () -> stream.readLine(100));
            assertEquals(10, secondsSince(begin));
        });
    }

    private long secondsSince(long begin) {
        return (clock.nanoTime() - begin) / SECOND.toNanos();
    }

    @Test
    void timeoutsThatAreNone() {
        for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1))) {
            assertThrows(IllegalArgumentException.class, () -> stream.waitTimeout(none));
            assertThrows(IllegalArgumentException.class, () -> stream.idleTimeout(none));
            assertThrows(IllegalArgumentException.class, () -> stream.readIdleTimeout(none));
            assertThrows(IllegalArgumentException.class, () -> stream.writeIdleTimeout(none));
        }
    }

    /** A limit that is lifted in the middle of a wait counts no more, and one that is set then counts. */
    @Test
    void aLimitThatIsChangedDuringAWait() throws Exception {
        stream.waitTimeout(TEN);
        long begin = clock.nanoTime();
        Task<?> reading = loop.spawn(() -> stream.fill());
        inTask(() -> {
            loop.sleep(SECOND);
            stream.waitTimeout(ChronoUnit.FOREVER.getDuration());
            loop.sleep(HOUR);
            assertFalse(reading.isDone());
            stream.waitTimeout(HOUR.plus(MINUTE));
        });
        assertInstanceOf(SocketTimeoutException.class,
                assertThrows(ExecutionException.class, reading::join).getCause());
        assertEquals(HOUR.plus(MINUTE).toSeconds(), secondsSince(begin));
    }

    @Test
    void awaitRequestHasTheLimits() throws Exception {
        stream.idleTimeout(TEN);
        inTask(() -> {
            long begin = clock.nanoTime();
            assertIdle(Idle.BOTH, "awaitRequest", "no byte came or went for PT10S", stream::awaitRequest);
            assertEquals(10, secondsSince(begin));
        });
    }

    private static void assertIdle(Idle idle, String call, String text, Executable body) {
        IdleTimeoutException timeout = assertThrows(IdleTimeoutException.class, body);
        assertEquals(idle, timeout.idle());
        assertTrue(timeout.getMessage().startsWith(call + " on ") && timeout.getMessage().endsWith(text),
                timeout::getMessage);
    }

    /** Bytes that another task writes keep a stream from being idle, but not from being silent. */
    @Test
    void bothDirectionsCountForTheIdleTimeout() throws Exception {
        Task<?> writing = loop.spawn(() -> {
            for (int i = 0; i < 5; i++) {
                loop.sleep(Duration.ofSeconds(8));
                stream.print("x");
                stream.flush();
            }
        });
        inTask(() -> {
            long begin = clock.nanoTime();
            stream.idleTimeout(TEN);
            assertIdle(Idle.BOTH, "fill", "no byte came or went for PT10S", stream::fill);
            assertEquals(50, secondsSince(begin));
            writing.join();
        });
    }

    @Test
    void onlyWhatComesCountsForTheReadIdleTimeout() throws Exception {
        Task<?> writing = loop.spawn(() -> {
            for (int i = 0; i < 5; i++) {
                loop.sleep(Duration.ofSeconds(8));
                stream.print("x");
                stream.flush();
            }
        });
        inTask(() -> {
            long begin = clock.nanoTime();
            stream.readIdleTimeout(TEN);
            assertIdle(Idle.READING, "readLine", "no byte came for PT10S", () -> stream.readLine(10));
            assertEquals(10, secondsSince(begin));
            writing.join();
        });
    }

    /**
     * As a protocol with signs of life has it: one when nothing has gone for 20 s, and the end when nothing has come
     * for 60 s. The waits that the first limit ends count for the second one.
     */
    @Test
    void signsOfLifeAndADeadPeer() throws Exception {
        stream.writeIdleTimeout(Duration.ofSeconds(20)).readIdleTimeout(Duration.ofSeconds(60));
        inTask(() -> {
            long begin = clock.nanoTime();
            List<Long> signs = new ArrayList<>();
            loop.spawn(() -> {
                loop.sleep(Duration.ofSeconds(30));
                send("x");
            });
            boolean alive = true;
            while (alive) {
                try {
                    stream.skip(stream.fill());
                } catch (IdleTimeoutException e) {
                    alive = e.idle() == Idle.WRITING;
                    if (alive) {
                        signs.add(secondsSince(begin));
                        stream.print("ping\n");
                    }
                }
            }
            assertEquals(List.of(20L, 40L, 60L, 80L), signs);
            assertEquals(90, secondsSince(begin));
        });
    }

    /** Whoever does not send a sign of life can still read. */
    @Test
    void aWriteIdleTimeoutCountsAnewAfterItsException() throws Exception {
        stream.writeIdleTimeout(TEN);
        inTask(() -> {
            long begin = clock.nanoTime();
            for (int i = 1; i <= 3; i++) {
                assertIdle(Idle.WRITING, "fill", "no byte went for PT10S", stream::fill);
                assertEquals(10 * i, secondsSince(begin));
            }
        });
    }

    /** The time in which a task does something else is no peer's silence. */
    @Test
    void onlyWaitsCountAsSilence() throws Exception {
        stream.readIdleTimeout(TEN).idleTimeout(Duration.ofSeconds(15));
        inTask(() -> {
            for (int i = 0; i < 3; i++) {
                loop.sleep(HOUR);
                loop.spawn(() -> {
                    loop.sleep(Duration.ofSeconds(9));
                    send("x");
                });
                assertEquals(1, stream.fill());
            }
        });
    }

    /** A peer that reads little by little is not idle. One that stops is, within twice the time. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSlowReaderIsNotIdle(boolean stops) throws Exception {
        stream.writeIdleTimeout(TEN);
        long begin = clock.nanoTime();
        Task<?> writing = loop.spawn(() -> stream.write(ByteBuffer.allocate(4 << 20)));
        Task<?> reading = loop.spawn(() -> {
            ByteBuffer part = ByteBuffer.allocateDirect(1 << 18);
            for (int i = 0; i < (stops ? 8 : 64); i++) {
                loop.sleep(Duration.ofSeconds(5));
                // All that is there: a Unix socket reports room when three quarters are free.
                peer.tryRead(part.clear());
            }
        });
        if (stops) {
            inTask(() -> assertInstanceOf(IdleTimeoutException.class,
                    assertThrows(ExecutionException.class, writing::join).getCause()));
            assertTrue(secondsSince(begin) >= 50 && secondsSince(begin) <= 60, () -> secondsSince(begin) + " s");
        } else {
            inTask(() -> {
                reading.join();
                writing.join();
            });
        }
    }

    /** A thousand waits within their limits set no timer but the one that is there. */
    @Test
    void aWaitSetsNoTimer() throws Exception {
        stream.waitTimeout(HOUR).idleTimeout(HOUR).readIdleTimeout(HOUR).writeIdleTimeout(HOUR);
        BufferedStream client = BufferedStream.over(peer).waitTimeout(HOUR);
        List<Timer> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            others.add(loop.callLater(DAY, () -> {})); // so that a change of the queue looks at others
        }
        Task<?> serving = loop.spawn(() -> {
            for (String line = stream.readLine(100); line != null; line = stream.readLine(100)) {
                stream.print(line);
                stream.print("\n");
            }
        });
        inTask(() -> {
            client.print("warm\n");
            client.readLine(10);
            long before = Loop.of(loop).timers().visited();
            for (int i = 0; i < 1000; i++) {
                client.print("line\n");
                assertEquals("line", client.readLine(10));
            }
            assertEquals(before, Loop.of(loop).timers().visited());
            client.waitTimeout(MINUTE); // the counter would see a change
            client.print("line\n");
            client.readLine(10);
            assertTrue(Loop.of(loop).timers().visited() > before);
            client.close();
            serving.join();
            others.forEach(Timer::cancel);
        });
    }

    /** A closed stream leaves no timer behind: the loop is done, and no time passes. */
    @Test
    void aClosedStreamLeavesNoTimer() throws Exception {
        inTask(() -> {
            stream.waitTimeout(DAY);
            loop.spawn(() -> send("x"));
            stream.fill();
            stream.close();
        });
        assertEquals(0, clock.nanoTime());
    }

    /** The waits keep a loop from being done. What is left of a limit after them does not. */
    @Test
    void aStreamThatNobodyClosesKeepsNoLoopFromBeingDone() throws Exception {
        inTask(() -> {
            stream.waitTimeout(DAY);
            loop.spawn(() -> send("x"));
            stream.fill();
        });
        assertEquals(0, clock.nanoTime());
    }

    @Test
    void drainingEndsAWaitForTheNextRequest() throws Exception {
        List<Boolean> requests = new ArrayList<>();
        Task<?> serving = loop.spawn(() -> {
            boolean more = true;
            while (more) {
                more = stream.awaitRequest();
                requests.add(more);
                if (more) {
                    stream.print(stream.readLine(10));
                    stream.print("\n");
                }
            }
        });
        inTask(() -> {
            send("one\ntwo\n");
            loop.sleep(SECOND);
            assertEquals("one\ntwo\n", received());
            LoopDescriptors.of(loop).draining().begin();
            serving.join();
        });
        assertEquals(List.of(true, true, false), requests);
    }

    /** A request that has come counts, also while the loop drains. */
    @Test
    void whatIsThereCountsWhileTheLoopDrains() throws Exception {
        LoopDescriptors.of(loop).draining().begin();
        inTask(() -> {
            send("one\n");
            assertTrue(stream.awaitRequest());
            assertEquals("one", stream.readLine(10));
            assertFalse(stream.awaitRequest());
            loop.spawn(() -> {
                loop.sleep(SECOND);
                send("two\n");
            });
            assertEquals("two", stream.readLine(10), "an ordinary wait goes on");
        });
    }

    @Test
    void aTcpSocketWorksTheSame() throws Exception {
        var pair = StreamKind.TCP.connect(loop);
        BufferedStream one = BufferedStream.over(pair[0]);
        BufferedStream other = BufferedStream.over(pair[1]);
        inTask(() -> {
            loop.spawn(() -> {
                other.print("you said: " + other.readLine(100) + "\n");
                other.flush();
            });
            one.print("hello\n");
            assertEquals("you said: hello", one.readLine(100));
            one.close();
            other.close();
        });
    }
}
