package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.BufferPool;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.Seeds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task writes, when it goes, and what a close does with what has not gone. */
@Timeout(60)
class WritingTest extends StreamFixture {
    private static final int MUCH = 8 << 20;

    @Test
    void nothingGoesBeforeAFlush() throws Exception {
        inTask(() -> {
            stream.print("a");
            stream.write((byte) 'b');
            stream.write(bytes("c"));
            stream.write("xdy".getBytes(), 1, 1);
            stream.printDecimal(-5);
            stream.output(10).put((byte) 'e').put((byte) 'f');
            assertEquals("", received());
            stream.flush();
            assertEquals("abcd-5ef", received());
            stream.flush();
            assertEquals("", received());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"fill", "readLine", "readFrame", "read", "peek", "skip", "awaitRequest"})
    void whatWasWrittenGoesBeforeAWait(String call) throws Exception {
        Task<?> asking = loop.spawn(() -> {
            stream.print("ask\n");
            switch (call) {
                case "fill" -> stream.fill();
                case "readLine" -> stream.readLine(10);
                case "readFrame" -> stream.readFrame(LengthPrefix.ofBytes(1, 255));
                case "read" -> stream.read(ByteBuffer.allocate(1 << 20));
                case "peek" -> stream.peek();
                case "skip" -> stream.skip(1);
                default -> assertTrue(stream.awaitRequest());
            }
        });
        loop.step(false);
        loop.step(false);
        assertFalse(asking.isDone());
        assertEquals("ask\n", received());
        send("\0\n");
        loop.runUntilDone();
        asking.join();
    }

    /**
     * A call that finds what it needs sends nothing. So the answers of requests that have come together go together.
     */
    @Test
    void whatWasWrittenStaysAsLongAsThereIsInput() throws Exception {
        send("1\n2\n3\n");
        inTask(() -> {
            for (String line = stream.readLine(10); !line.equals("3"); line = stream.readLine(10)) {
                stream.print(line);
                assertTrue(stream.awaitRequest());
                assertEquals("", received());
            }
            stream.flush();
            assertEquals("12", received());
        });
    }

    @Test
    void aLargeWriteGoesAtOnceBehindWhatIsBuffered() throws Exception {
        for (int length : new int[] {OutputBuffer.CAPACITY - 1, OutputBuffer.CAPACITY, 100_000}) {
            inTask(() -> {
                stream.print("head");
                stream.write(ByteBuffer.wrap("x".repeat(length).getBytes()));
                assertEquals("head" + "x".repeat(length), received());
                assertEquals(0, loop.buffers().takenBytes());
                stream.write(ByteBuffer.allocateDirect(length).put("y".repeat(length).getBytes()).flip());
                stream.write("z".repeat(length).getBytes(), 1, length - 1);
                stream.flush();
                assertEquals("y".repeat(length) + "z".repeat(length - 1), received());
            });
        }
    }

    @Test
    void theOutputHasTheRoomThatIsAskedFor() throws Exception {
        inTask(() -> {
            stream.print("abc");
            assertTrue(stream.output(OutputBuffer.CAPACITY - 3).position() == 3, "there is room without sending");
            ByteBuffer large = stream.output(OutputBuffer.CAPACITY);
            assertEquals(0, large.position(), "what was there went");
            assertEquals("abc", received());
            assertTrue(stream.output(1 << 20).remaining() >= 1 << 20);
            stream.output(0);
            stream.flush();
            assertThrows(IllegalArgumentException.class, () -> stream.output(-1));
            assertThrows(IllegalArgumentException.class, () -> stream.output(BufferPool.LARGEST + 1));
            assertThrows(IndexOutOfBoundsException.class, () -> stream.write(new byte[3], 2, 2));
        });
    }

    /** Texts with chars of each length, pairs of surrogates and halves of pairs, at each place of the buffer. */
    @Test
    void textGoesAsTheJdkEncodesIt() throws Exception {
        SplittableRandom random = Seeds.random("text");
        String[] parts = {"a", "plain text", "\u007f\u0080", "\u07ff\u0800", "\uffff", "\ud83d\ude00", "\ud83d",
            "\ude00", "\udbff\udfff"};
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        byte[] expected = text.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer came = ByteBuffer.allocate(expected.length);
        inTask(() -> {
            Task<?> reading = loop.spawn(() -> {
                try (BufferedStream reader = BufferedStream.over(peer)) {
                    reader.readFully(came);
                }
            });
            for (int from = 0; from < text.length();) {
                // A pair that is cut between two texts would be two halves.
                int to = Math.min(text.length(), from + random.nextInt(1 + random.nextInt(20_000)));
                while (to < text.length() && to > 0 && Character.isHighSurrogate(text.charAt(to - 1))) {
                    to++;
                }
                stream.print(text.subSequence(from, Math.min(to, text.length())));
                from = to;
            }
            stream.flush();
            reading.join();
        });
        assertEquals(new String(expected, StandardCharsets.UTF_8),
                new String(came.array(), StandardCharsets.UTF_8));
    }

    @Test
    void numbersInDecimal() throws Exception {
        SplittableRandom random = Seeds.random("numbers");
        StringBuilder expected = new StringBuilder();
        inTask(() -> {
            for (long value : new long[] {0, 1, -1, 9, 10, 99, 100, -10, Long.MAX_VALUE, Long.MIN_VALUE}) {
                stream.printDecimal(value);
                expected.append(value);
            }
            for (int i = 0; i < 500; i++) {
                long value = random.nextLong() >> random.nextInt(64);
                stream.printDecimal(value);
                expected.append(value);
            }
            stream.flush();
            assertEquals(expected.toString(), received());
        });
    }

    @Test
    void aReadersWaitDoesNotSendWhatAnotherTaskIsWriting() throws Exception {
        Task<?> reading = loop.spawn(() -> {
            stream.fill();
            stream.fill();
        });
        Task<?> writing = loop.spawn(() -> {
            stream.print("ab");
            loop.sleep(HOUR);
            stream.print("c");
            stream.flush();
        });
        inTask(() -> {
            loop.sleep(MINUTE);
            send("x");
            loop.sleep(MINUTE);
            assertEquals("", received());
            loop.sleep(HOUR);
            assertEquals("abc", received());
            send("y");
            reading.join();
            writing.join();
        });
    }

    @Test
    void aSecondReaderIsRefused() throws Exception {
        Task<?> reading = loop.spawn(() -> stream.fill());
        inTask(() -> {
            loop.sleep(SECOND);
            assertThrows(IllegalStateException.class, stream::fill);
            assertThrows(IllegalStateException.class, stream::tryFill);
            assertThrows(IllegalStateException.class, stream::awaitRequest);
            reading.cancel();
            loop.sleep(SECOND);
            assertEquals(Descriptor.WOULD_BLOCK, stream.tryFill());
        });
        assertThrows(CancellationException.class, reading::join);
    }

    @Test
    void aSecondWriterIsRefused() throws Exception {
        Task<?> writing = loop.spawn(() -> stream.write(ByteBuffer.allocate(MUCH)));
        inTask(() -> {
            loop.sleep(SECOND);
            assertThrows(IllegalStateException.class, () -> stream.write((byte) 0));
            assertThrows(IllegalStateException.class, () -> stream.flush());
            assertThrows(IllegalStateException.class, () -> stream.write(ByteBuffer.allocate(MUCH)));
            stream.close();
        });
        var ended = assertThrows(ExecutionException.class, writing::join);
        assertInstanceOf(AsynchronousCloseException.class, ended.getCause());
        assertEquals(0, loop.buffers().takenBytes());
    }

    @Test
    void aBrokenPipe() throws Exception {
        inTask(() -> {
            stream.print("abc");
            peer.close();
            assertThrows(BrokenPipeException.class, stream::flush);
            stream.close(); // what has not gone was told
            assertEquals(0, loop.buffers().takenBytes());
        });
    }

    @Test
    void aCloseSendsWhatThereIsRoomFor() throws Exception {
        inTask(() -> {
            stream.print("last words");
            stream.close();
            stream.close();
            assertEquals("last words", received());
            assertEquals(0, loop.buffers().takenBytes());
            assertThrows(ClosedChannelException.class, () -> stream.print("x"));
            assertThrows(ClosedChannelException.class, () -> stream.write(ByteBuffer.allocate(MUCH)));
            assertThrows(ClosedChannelException.class, stream::flush);
            assertThrows(ClosedChannelException.class, stream::fill);
            assertThrows(ClosedChannelException.class, stream::tryFill);
            stream.close(MINUTE);
            assertEquals(0, loop.buffers().takenBytes());
            assertFalse(stream.isOpen());
        });
    }

    /** Also outside of a task: it does not wait. */
    @Test
    void aCloseSaysThatNotAllHasGone() throws Exception {
        fillTheSocket();
        inTask(() -> stream.print("last words"));
        IOException left = assertThrows(IOException.class, stream::close);
        assertTrue(left.getMessage().contains(": 10 bytes that were written have not gone"), left::getMessage);
        assertFalse(stream.isOpen());
        assertEquals(0, loop.buffers().takenBytes());
    }

    @Test
    void aCloseMayWaitForItsBytes() throws Exception {
        fillTheSocket();
        Task<?> closing = loop.spawn(() -> {
            stream.print("last words");
            stream.close(MINUTE);
        });
        Task<?> reading = loop.spawn(() -> {
            loop.sleep(SECOND);
            ByteBuffer target = ByteBuffer.allocate(MUCH);
            while (peer.read(target) >= 0) {
                // more
            }
            String all = StandardCharsets.UTF_8.decode(target.flip()).toString();
            assertTrue(all.endsWith("last words"));
        });
        loop.runUntilDone();
        closing.join();
        reading.join();
    }

    @Test
    void aCloseWaitsOnlySoLong() throws Exception {
        fillTheSocket();
        inTask(() -> {
            stream.print("last words");
            long before = clock.nanoTime();
            assertThrows(SocketTimeoutException.class, () -> stream.close(MINUTE));
            assertEquals(MINUTE.toNanos(), clock.nanoTime() - before);
            assertFalse(stream.isOpen());
            assertEquals(0, loop.buffers().takenBytes());
        });
    }

    private void fillTheSocket() throws IOException {
        while (socket.tryWrite(ByteBuffer.allocate(1 << 16)) > 0) {
            // more
        }
    }

    @Test
    void theEndOfTheOutput() throws Exception {
        inTask(() -> {
            stream.print("last words");
            stream.shutdownOutput();
            assertEquals("last words", received());
            assertEquals(-1, peer.read(ByteBuffer.allocate(1)));
            send("answer\n");
            assertEquals("answer", stream.readLine(10));
        });
    }

    @Test
    void aTaskThatWaitsAtTheClose() throws Exception {
        send("part");
        Task<?> reading = loop.spawn(() -> stream.readLine(10));
        loop.step(false);
        assertTrue(loop.buffers().takenBytes() > 0, "it holds the part of a line");
        inTask(() -> stream.close());
        var ended = assertThrows(ExecutionException.class, reading::join);
        assertInstanceOf(AsynchronousCloseException.class, ended.getCause());
        assertEquals(0, loop.buffers().takenBytes());
    }

    @Test
    void twoPipes() throws Exception {
        int[] there = Libc.pipe();
        int[] back = Libc.pipe();
        BufferedStream one = BufferedStream.over(loop.adopt(back[0]), loop.adopt(there[1]));
        BufferedStream other = BufferedStream.over(loop.adopt(there[0]), loop.adopt(back[1]));
        Task<?> echo = loop.spawn(() -> {
            try (other) {
                for (String line = other.readLine(100); line != null; line = other.readLine(100)) {
                    other.print(line + line + "\n");
                }
            }
        });
        inTask(() -> {
            for (int i = 0; i < 3; i++) {
                one.print("line" + i + "\n");
                assertEquals("line" + i + "line" + i, one.readLine(100));
            }
            one.shutdownOutput();
            assertEquals(-1, one.fill());
            one.close();
            assertFalse(one.isOpen());
        });
        echo.join();
        assertEquals(0, loop.buffers().takenBytes());
    }

    @Test
    void whatIsNoStream() throws Exception {
        try (EventLoop second = EventLoop.open();
                DatagramEndpoint datagrams = DatagramEndpoint.bind(loop,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                StreamSocket here = StreamSocket.pair(loop)[0];
                StreamSocket there = StreamSocket.pair(second)[0]) {
            assertThrows(IllegalArgumentException.class, () -> BufferedStream.over(datagrams.descriptor()));
            assertThrows(IllegalArgumentException.class,
                    () -> BufferedStream.over(here.descriptor(), there.descriptor()));
            assertThrows(NullPointerException.class, () -> BufferedStream.over((StreamSocket) null));
        }
    }
}
