package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BufferPool;
import io.stepoll.Descriptor;
import io.stepoll.Task;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task reads: lines, frames, and bytes by their number. */
@Timeout(60)
class ReadingTest extends StreamFixture {
    @Test
    void linesEndWithNewlinesAndMayHaveReturnsBefore() throws Exception {
        send("one\r\ntwo\n\n\r\nthr\ree\nüñ\n");
        peer.close();
        List<String> lines = new ArrayList<>();
        inTask(() -> {
            for (String line = stream.readLine(10); line != null; line = stream.readLine(10)) {
                lines.add(line);
            }
            assertNull(stream.readLine(10), "the end stays");
        });
        assertEquals(List.of("one", "two", "", "", "thr\ree", "üñ"), lines);
    }

    /** The buffer goes back to the pool when nothing is left in it. */
    @ParameterizedTest
    @ValueSource(strings = {"", "frame"})
    void whatWasFoundMayBeReadByHandAndAnsweredBeforeItIsTaken(String frame) throws Exception {
        LengthPrefix prefix = LengthPrefix.ofBytes(1, 100);
        send((char) frame.length() + frame);
        inTask(() -> {
            assertEquals(frame.length(), stream.awaitFrame(prefix));
            stream.input().get(new byte[frame.length()]);
            stream.print("answer");
            stream.flush();
            stream.takeFound();
            send((char) 1 + "n");
            assertArrayEquals(new byte[] {'n'}, stream.readFrame(prefix));
        });
        assertEquals("answer", received());
    }

    @ParameterizedTest
    @CsvSource({"10, abcdefghij, true", "10, abcdefghijk, false", "9, abcdefghij, false", "0, '', true", "0, x, false"})
    void aLineHasAsManyBytesAsTheLimit(int limit, String line, boolean fits) throws Exception {
        for (String end : new String[] {"\n", "\r\n"}) {
            send(line + end + "next\n");
            inTask(() -> {
                if (fits) {
                    assertEquals(line, stream.readLine(limit));
                } else {
                    var tooLong = assertThrows(LineTooLongException.class, () -> stream.readLine(limit));
                    assertEquals(limit, tooLong.limit());
                    assertTrue(tooLong.getMessage().contains("limit of " + limit + " bytes"), tooLong::getMessage);
                    assertEquals(line, stream.readLine(100), "nothing is lost");
                }
                assertEquals("next", stream.readLine(100));
            });
        }
    }

    /** It need not end for that: a peer that never ends its line must not fill the memory. */
    @ParameterizedTest
    @ValueSource(strings = {"0123456789x", "0123456789\rx", "01234567890123456789"})
    void aLineThatDoesNotEndIsTooLongAsSoonAsItIs(String text) throws Exception {
        send(text);
        inTask(() -> assertThrows(LineTooLongException.class, () -> stream.awaitLine(10)));
    }

    /** A return may be a part of the end, whose newline is still to come. */
    @Test
    void aReturnBehindTheLongestLineIsNotYetTooLong() throws Exception {
        send("0123456789\r");
        Task<String> reading = loop.spawn(() -> stream.readLine(10));
        loop.step(false);
        loop.step(false);
        assertFalse(reading.isDone());
        send("\n");
        loop.runUntilDone();
        assertEquals("0123456789", reading.join());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MAX_VALUE, BufferPool.LARGEST - 1})
    void aLimitThatNoBufferHolds(int limit) throws Exception {
        inTask(() -> {
            assertThrows(IllegalArgumentException.class, () -> stream.awaitLine(limit));
            assertThrows(IllegalArgumentException.class, () -> stream.awaitUntil((byte) 0, limit));
        });
    }

    /** The scan looks at eight bytes at a time, and must find the first one wherever it lies. */
    @Test
    void theFirstDelimiterIsFoundWhereverItLies() throws Exception {
        inTask(() -> {
            for (int before = 0; before < 40; before++) {
                // One more than a newline: a borrow in the scan would confuse them.
                String text = "\u000b".repeat(before);
                send(text + "\n\n" + "x".repeat(20) + "\n");
                assertEquals(before, stream.awaitLine(1000));
                stream.takeFound();
                assertEquals(0, stream.awaitLine(1000));
                stream.takeFound();
                assertEquals("x".repeat(20), stream.readLine(20));
            }
        });
    }

    @Test
    void whatWasAwaitedIsTakenHoweverMuchOfItWasReadByHand() throws Exception {
        send("GET /\r\nHost: x\r\n\r\nrest");
        inTask(() -> {
            assertEquals(5, stream.awaitLine(100));
            assertEquals('G', stream.input().get());
            assertEquals('E', stream.input().get());
            stream.takeFound();
            assertThrows(IllegalStateException.class, stream::takeFound);
            assertEquals(7, stream.awaitLine(100));
            stream.takeFound();
            assertEquals(0, stream.awaitLine(100));
            stream.takeFound();
            assertEquals("rest", text(stream.input()));
        });
    }

    @Test
    void whatWasAwaitedIsNotTakenAfterFurtherReading() throws Exception {
        send("one\ntwo\n");
        inTask(() -> {
            stream.awaitLine(100);
            stream.skip(1);
            assertThrows(IllegalStateException.class, stream::takeFound);
            stream.awaitLine(100);
            stream.tryFill();
            assertThrows(IllegalStateException.class, stream::takeFound);
        });
    }

    @Test
    void bytesUntilADelimiter() throws Exception {
        send("key=va\nlue;;\0");
        peer.close();
        inTask(() -> {
            assertArrayEquals("key".getBytes(StandardCharsets.UTF_8), stream.readUntil((byte) '=', 3));
            assertEquals(6, stream.awaitUntil((byte) ';', 6));
            assertEquals("va\nlue", text(stream.input().slice(stream.input().position(), 6)));
            stream.takeFound();
            assertThrows(LineTooLongException.class, () -> stream.awaitUntil((byte) 0, 0));
            assertArrayEquals(new byte[0], stream.readUntil((byte) ';', 0));
            assertArrayEquals(new byte[0], stream.readUntil((byte) 0, 0));
            assertNull(stream.readUntil((byte) 0, 100));
            assertEquals(-1, stream.awaitUntil((byte) 0, 100));
        });
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer.duplicate()).toString();
    }

    /** An end in the middle says in the middle of what, and takes nothing. */
    @Test
    void anEndInTheMiddle() throws Exception {
        send("abcde");
        peer.close();
        inTask(() -> {
            assertEnds("readLine on unix: the stream has ended within a line, after 5 bytes",
                    () -> stream.readLine(100));
            assertEnds("awaitUntil on unix: the stream has ended before the delimiter, after 5 bytes",
                    () -> stream.awaitUntil((byte) 0, 100));
            assertEnds("fill on unix: the stream has ended after 5 of 7 bytes", () -> stream.fill(7));
            assertEnds("readFrame on unix: the stream has ended within the length of a frame, after 5 bytes",
                    () -> stream.readFrame(LengthPrefix.ofBytes(8, 100)));
            assertEnds("awaitFrame on unix: the stream has ended within a frame, with its length after 5 of 98 bytes",
                    () -> stream.awaitFrame(LengthPrefix.varint(100)));
            assertEquals("abcde", text(stream.input()));
            ByteBuffer target = ByteBuffer.allocate(7);
            assertEnds("readFully on unix: the stream has ended after 5 of 7 bytes", () -> stream.readFully(target));
            assertEquals(5, target.position());
        });
    }

    @Test
    void anEndWithNothingLeft() throws Exception {
        peer.close();
        inTask(() -> {
            assertEquals(-1, stream.fill());
            assertEquals(-1, stream.fill(1));
            assertEquals(0, stream.input().remaining());
            assertEquals(-1, stream.tryFill());
            assertEquals(-1, stream.peek());
            assertEquals(-1, stream.read(ByteBuffer.allocate(1)));
            assertEquals(-1, stream.read(ByteBuffer.allocate(1 << 20)));
            assertEquals(-1, stream.awaitLine(1));
            assertNull(stream.readFrame(LengthPrefix.varint(1)));
            assertEnds("skip on unix: the stream has ended after 0 of 1 bytes", () -> stream.skip(1));
            assertTrue(stream.awaitRequest(), "the end is something to read");
        });
    }

    private static void assertEnds(String message, Executable call) {
        EOFException end = assertThrows(EOFException.class, call);
        assertEquals(message, end.getMessage().replaceFirst(" on [^:]*: ", " on unix: "));
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "2, true", "4, false", "4, true", "8, false", "8, true", "0, false"})
    void framesOfEachPrefix(int bytes, boolean littleEndian) throws Exception {
        LengthPrefix prefix = bytes == 0 ? LengthPrefix.varint(70_000) : LengthPrefix.ofBytes(bytes, 70_000);
        LengthPrefix used = littleEndian ? prefix.littleEndian() : prefix;
        BufferedStream other = BufferedStream.over(peer);
        for (int size : new int[] {0, 1, 127, 128, 255, 256, 16383, 16384, 65535, 65536, 70_000}) {
            byte[] body = new byte[size];
            for (int i = 0; i < size; i++) {
                body[i] = (byte) (i * 31 + size);
            }
            if (bytes != 0 && bytes < 4 && size >> bytes * 8 != 0) {
                inTask(() -> assertThrows(FrameTooLongException.class,
                        () -> other.writeFrame(used, ByteBuffer.wrap(body))));
                continue;
            }
            Task<?> writing = loop.spawn(() -> {
                other.writeFrame(used, ByteBuffer.wrap(body));
                other.writeFrame(used, ByteBuffer.wrap(body).asReadOnlyBuffer());
                other.flush();
            });
            inTask(() -> {
                assertArrayEquals(body, stream.readFrame(used));
                assertEquals(size, stream.awaitFrame(used));
                byte[] again = new byte[size];
                stream.input().get(again);
                assertArrayEquals(body, again);
                stream.takeFound();
            });
            writing.join();
        }
        other.close();
        inTask(() -> assertNull(stream.readFrame(used)));
    }

    @Test
    void theBytesOfThePrefixes() throws Exception {
        BufferedStream other = BufferedStream.over(peer);
        inTask(() -> {
            for (LengthPrefix prefix : List.of(LengthPrefix.ofBytes(4, 300), LengthPrefix.ofBytes(8, 300),
                    LengthPrefix.ofBytes(4, 300).littleEndian(), LengthPrefix.varint(300))) {
                stream.writeFrame(prefix, ByteBuffer.allocate(300));
                stream.flush();
                byte[] expected = switch (prefix.toString()) {
                    case "LengthPrefix[4 bytes, BIG_ENDIAN, frames of at most 300 bytes]" -> new byte[] {0, 0, 1, 44};
                    case "LengthPrefix[8 bytes, BIG_ENDIAN, frames of at most 300 bytes]" ->
                            new byte[] {0, 0, 0, 0, 0, 0, 1, 44};
                    case "LengthPrefix[4 bytes, LITTLE_ENDIAN, frames of at most 300 bytes]" ->
                            new byte[] {44, 1, 0, 0};
                    default -> new byte[] {(byte) 0xac, 2};
                };
                byte[] came = new byte[expected.length];
                other.readFully(ByteBuffer.wrap(came));
                assertArrayEquals(expected, came, prefix::toString);
                other.skip(300);
            }
        });
        other.close();
    }

    @Test
    void aFrameThatIsTooLong() throws Exception {
        peer.tryWrite(ByteBuffer.wrap(new byte[] {0, 0, 0, 11, 1, 2, 3}));
        inTask(() -> {
            for (int i = 0; i < 2; i++) { // nothing is taken, so it comes again
                var tooLong = assertThrows(FrameTooLongException.class,
                        () -> stream.readFrame(LengthPrefix.ofBytes(4, 10)));
                assertEquals(11, tooLong.size());
                assertEquals(10, tooLong.limit());
                assertTrue(tooLong.getMessage().endsWith("a frame of 11 bytes, and the limit is 10"),
                        tooLong::getMessage);
            }
            assertEquals(7, stream.input().remaining());
            var written = assertThrows(FrameTooLongException.class,
                    () -> stream.writeFrame(LengthPrefix.varint(10), ByteBuffer.allocate(11)));
            assertEquals(11, written.size());
            stream.flush();
        });
        assertEquals("", received(), "nothing of it is written");
    }

    /** The largest lengths of eight bytes and of a varint are no negative ones. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLengthOfAllBits(boolean varint) throws Exception {
        byte[] length = new byte[varint ? 10 : 8];
        Arrays.fill(length, (byte) 0xff);
        if (varint) {
            length[9] = 1;
        }
        peer.tryWrite(ByteBuffer.wrap(length));
        LengthPrefix prefix = varint ? LengthPrefix.varint(10) : LengthPrefix.ofBytes(8, 10);
        inTask(() -> {
            var tooLong = assertThrows(FrameTooLongException.class, () -> stream.readFrame(prefix));
            assertEquals(-1, tooLong.size());
            assertTrue(tooLong.getMessage().contains("18446744073709551615"), tooLong::getMessage);
        });
    }

    @Test
    void aVarintOfMoreThan64Bits() throws Exception {
        byte[] bytes = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80,
            (byte) 0x80, (byte) 0x80, 2};
        peer.tryWrite(ByteBuffer.wrap(bytes));
        inTask(() -> assertThrows(FrameTooLongException.class, () -> stream.readFrame(LengthPrefix.varint(10))));
    }

    @Test
    void aVarintThatDoesNotEnd() throws Exception {
        byte[] bytes = new byte[10];
        Arrays.fill(bytes, (byte) 0x80);
        peer.tryWrite(ByteBuffer.wrap(bytes));
        inTask(() -> assertThrows(ProtocolException.class, () -> stream.readFrame(LengthPrefix.varint(10))));
    }

    @Test
    void prefixesThatThereAreNot() {
        for (int bytes : new int[] {-1, 0, 3, 5, 16}) {
            assertThrows(IllegalArgumentException.class, () -> LengthPrefix.ofBytes(bytes, 1));
        }
        for (int size : new int[] {-1, BufferPool.LARGEST, Integer.MAX_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> LengthPrefix.ofBytes(4, size));
            assertThrows(IllegalArgumentException.class, () -> LengthPrefix.varint(size));
        }
        assertEquals(5, LengthPrefix.varint(5).littleEndian().maxSize());
    }

    @Test
    void bytesByTheirNumber() throws Exception {
        send("0123456789");
        inTask(() -> {
            assertEquals(10, stream.fill());
            assertEquals(10, stream.fill(3), "there already");
            assertEquals('0', stream.peek());
            assertEquals('0', stream.peek());
            stream.skip(2);
            ByteBuffer target = ByteBuffer.allocate(3);
            assertEquals(3, stream.read(target));
            assertEquals("234", text(target.flip()));
            assertEquals(0, stream.read(ByteBuffer.allocate(0)));
            ByteBuffer rest = ByteBuffer.allocateDirect(10).limit(5);
            stream.readFully(rest);
            assertEquals("56789", text(rest.flip()));
            assertEquals(Descriptor.WOULD_BLOCK, stream.tryFill());
            assertThrows(IllegalArgumentException.class, () -> stream.fill(-1));
            assertThrows(IllegalArgumentException.class, () -> stream.fill(BufferPool.LARGEST + 1));
            assertThrows(IllegalArgumentException.class, () -> stream.skip(-1));
        });
    }

    /** More than the usual buffer holds, and what is in it moves to a larger one. */
    @Test
    void aLargeMessageHasALargeBuffer() throws Exception {
        int size = 1 << 20;
        Task<?> writing = loop.spawn(() -> peer.write(ByteBuffer.wrap("x".repeat(size + 1).getBytes())));
        inTask(() -> {
            assertTrue(stream.fill() < size);
            assertEquals(size, Math.min(size, stream.fill(size)));
            for (int i = 0; i < size; i++) {
                assertEquals('x', stream.input().get());
            }
            stream.skip(1);
        });
        writing.join();
    }

    @Test
    void aLargeTargetTakesTheBytesWithoutABuffer() throws Exception {
        inTask(() -> {
            send("abc");
            ByteBuffer target = ByteBuffer.allocateDirect(1 << 16);
            assertEquals(3, stream.read(target));
            assertEquals(0, loop.buffers().takenBytes() + loop.buffers().idleBytes());
        });
    }

    /** A callback may look, and must not wait. */
    @Test
    void aCallbackTries() throws Exception {
        send("abc");
        List<Object> seen = new ArrayList<>();
        loop.callSoon(() -> {
            try {
                seen.add(stream.tryFill());
                seen.add(text(stream.input()));
                stream.fill();
            } catch (IOException | IllegalStateException e) {
                seen.add(e.getClass());
            }
        });
        loop.runUntilDone();
        assertEquals(List.of(3, "abc", IllegalStateException.class), seen);
    }
}
