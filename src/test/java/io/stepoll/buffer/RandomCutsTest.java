package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.Task;
import io.stepoll.support.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Bytes that are cut at random places are read as what they are, and random bytes are read as a plain decoder of an
 * array reads them. {@code -Dstepoll.cuts=N} makes N rounds of each.
 */
@Timeout(120)
class RandomCutsTest extends StreamFixture {
    private static final int ROUNDS = Integer.getInteger("stepoll.cuts", 30);
    private static final int MOST = 200;

    /* In place of a message. */
    private static final int END = -1;
    private static final int CUT_OFF = -2;
    private static final int TOO_LONG = -3;
    private static final int MALFORMED = -4;

    /** Writes the bytes in pieces, some of which come together, and ends the output. */
    private Task<Void> sendInPieces(byte[] all, SplittableRandom random) {
        return loop.spawn(() -> {
            for (int from = 0; from < all.length;) {
                int length = Math.min(all.length - from, 1 + random.nextInt(1 << random.nextInt(15)));
                peer.write(ByteBuffer.wrap(all, from, length));
                from += length;
                switch (random.nextInt(3)) {
                    case 0 -> loop.sleep(SECOND);
                    case 1 -> loop.sleep(Duration.ZERO);
                    default -> {}
                }
            }
            peer.shutdownOutput();
        });
    }

    /** Lines, frames and bytes up to a delimiter in turn: what was written is what is read. */
    @Test
    void messagesThatAreCutAnywhere() throws Exception {
        SplittableRandom random = Seeds.random("messages");
        for (int round = 0; round < ROUNDS; round++) {
            List<byte[]> messages = new ArrayList<>();
            List<Integer> kinds = new ArrayList<>();
            BufferedStream writer = BufferedStream.over(peer);
            BufferedStream reader = stream;
            for (int i = random.nextInt(40); i >= 0; i--) {
                kinds.add(random.nextInt(8));
                messages.add(message(random, kinds.getLast()));
            }
            boolean bytesAlone = random.nextBoolean();
            SplittableRandom pauses = random.split();
            Task<?> writing = loop.spawn(() -> {
                for (int i = 0; i < messages.size(); i++) {
                    write(writer, kinds.get(i), messages.get(i), bytesAlone);
                    if (pauses.nextInt(4) == 0) {
                        writer.flush();
                        loop.sleep(Duration.ofMillis(pauses.nextInt(2)));
                    }
                }
                writer.flush();
            });
            SplittableRandom choices = random.split();
            inTask(() -> {
                for (int i = 0; i < messages.size(); i++) {
                    assertArrayEquals(messages.get(i), read(reader, kinds.get(i), messages.get(i).length, choices));
                }
            });
            writing.join();
            stream.tryFill(); // gives the empty buffer back, as a wait does
            assertEquals(0, loop.buffers().takenBytes());
        }
    }

    private static LengthPrefix prefix(int kind) {
        return switch (kind) {
            case 2 -> LengthPrefix.ofBytes(1, 255);
            case 3 -> LengthPrefix.ofBytes(2, 65535).littleEndian();
            case 4 -> LengthPrefix.ofBytes(4, 1 << 20);
            case 5 -> LengthPrefix.ofBytes(8, 1 << 20).littleEndian();
            default -> LengthPrefix.varint(1 << 20);
        };
    }

    private static byte[] message(SplittableRandom random, int kind) {
        int most = switch (kind) {
            case 2 -> 255;
            case 3 -> 65535;
            default -> 1 << random.nextInt(18);
        };
        byte[] bytes = new byte[random.nextInt(Math.min(most, 100_000) + 1)];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length && kind < 2; i++) {
            bytes[i] = (byte) ('a' + (bytes[i] & 15)); // no delimiter, and no return
        }
        return bytes;
    }

    private static void write(BufferedStream writer, int kind, byte[] message, boolean bytesAlone)
            throws IOException {
        if (kind >= 2 && kind < 7) {
            writer.writeFrame(prefix(kind), ByteBuffer.wrap(message));
            return;
        }
        if (bytesAlone && message.length < 1000) {
            for (byte each : message) {
                writer.write(each);
            }
        } else if (kind < 2) {
            writer.print(new String(message, StandardCharsets.US_ASCII));
        } else {
            writer.write(message, 0, message.length);
        }
        if (kind < 2) {
            writer.print(kind == 0 ? message.length % 2 == 0 ? "\r\n" : "\n" : ";");
        }
    }

    private static byte[] read(BufferedStream reader, int kind, int length, SplittableRandom choices)
            throws IOException {
        boolean inPlace = choices.nextBoolean();
        int found;
        switch (kind) {
            case 0 -> {
                if (!inPlace) {
                    return reader.readLine(length).getBytes(StandardCharsets.UTF_8);
                }
                found = reader.awaitLine(length + choices.nextInt(3));
            }
            case 1 -> {
                if (!inPlace) {
                    return reader.readUntil((byte) ';', length);
                }
                found = reader.awaitUntil((byte) ';', length + choices.nextInt(3));
            }
            case 7 -> {
                byte[] bytes = new byte[length];
                if (inPlace || length == 0) {
                    reader.readFully(ByteBuffer.wrap(bytes));
                } else {
                    reader.fill(length);
                    reader.input().get(bytes);
                }
                return bytes;
            }
            default -> {
                if (!inPlace) {
                    return reader.readFrame(prefix(kind));
                }
                found = reader.awaitFrame(prefix(kind));
            }
        }
        byte[] bytes = new byte[found];
        reader.input().get(bytes);
        reader.takeFound();
        return bytes;
    }

    /** Random bytes as lines: the lines, or the failure, of a reader of the whole array. */
    @Test
    void randomBytesAsLines() throws Exception {
        SplittableRandom random = Seeds.random("lines");
        for (int round = 0; round < ROUNDS; round++) {
            byte[] all = new byte[random.nextInt(3000)];
            for (int i = 0; i < all.length; i++) {
                int kind = random.nextInt(40);
                all[i] = (byte) (kind == 0 ? '\n' : kind == 1 ? '\r' : random.nextInt(256));
            }
            int limit = random.nextInt(MOST);
            compare(all, random, () -> stream.awaitLine(limit), at -> nextLine(all, at, limit));
        }
    }

    private static int[] nextLine(byte[] all, int at, int limit) {
        int end = at;
        while (end < all.length && all[end] != '\n') {
            end++;
        }
        int length = end > at && all[end - 1] == '\r' ? end - 1 - at : end - at;
        if (end < all.length) {
            return length > limit ? new int[] {TOO_LONG} : new int[] {0, length, end + 1};
        }
        if (at == all.length) {
            return new int[] {END};
        }
        return new int[] {length > limit ? TOO_LONG : CUT_OFF};
    }

    /** Random bytes as frames of each prefix. */
    @Test
    void randomBytesAsFrames() throws Exception {
        SplittableRandom random = Seeds.random("frames");
        for (int round = 0; round < 6 * ROUNDS; round++) {
            byte[] all = new byte[random.nextInt(1000)];
            random.nextBytes(all);
            int width = new int[] {0, 1, 2, 4, 8, 8}[round % 6];
            boolean little = random.nextBoolean();
            for (int i = 0; i < all.length; i++) {
                if (width > 1 && random.nextInt(10) != 0 || random.nextInt(8) == 0) {
                    all[i] = 0; // most lengths would be too large otherwise
                }
            }
            int limit = random.nextInt(2 * MOST);
            LengthPrefix prefix = width == 0 ? LengthPrefix.varint(limit) : LengthPrefix.ofBytes(width, limit);
            LengthPrefix used = little ? prefix.littleEndian() : prefix;
            compare(all, random, () -> stream.awaitFrame(used), at -> nextFrame(all, at, width, little, limit));
        }
    }

    /** By arithmetic that has no largest number. */
    private static int[] nextFrame(byte[] all, int at, int width, boolean little, int limit) {
        if (at == all.length) {
            return new int[] {END};
        }
        BigInteger size = BigInteger.ZERO;
        int next = at;
        if (width == 0) {
            boolean more = true;
            for (int shift = 0; more; shift += 7) {
                if (shift == 70) {
                    return new int[] {MALFORMED};
                }
                if (next == all.length) {
                    return new int[] {CUT_OFF};
                }
                size = size.add(BigInteger.valueOf(all[next] & 127).shiftLeft(shift));
                more = all[next++] < 0;
            }
        } else {
            if (all.length - at < width) {
                return new int[] {CUT_OFF};
            }
            for (int i = 0; i < width; i++) {
                int from = little ? at + width - 1 - i : at + i;
                size = size.shiftLeft(8).add(BigInteger.valueOf(all[from] & 255));
            }
            next += width;
        }
        if (size.compareTo(BigInteger.valueOf(limit)) > 0) {
            return new int[] {TOO_LONG};
        }
        int end = next + size.intValue();
        return end > all.length ? new int[] {CUT_OFF} : new int[] {next - at, size.intValue(), end};
    }

    private interface Await {
        int next() throws IOException;
    }

    private interface Reference {
        /** Where the message begins behind the place, its length, and the place of the next; or what is wrong. */
        int[] next(int at);
    }

    private void compare(byte[] all, SplittableRandom random, Await await, Reference reference) throws Exception {
        Task<?> sending = sendInPieces(all, random.split());
        inTask(() -> {
            int at = 0;
            int[] expected = reference.next(at);
            while (expected[0] >= 0) {
                assertEquals(expected[1], await.next());
                byte[] bytes = new byte[expected[1]];
                stream.input().get(bytes);
                assertArrayEquals(Arrays.copyOfRange(all, at + expected[0], at + expected[0] + bytes.length), bytes);
                stream.takeFound();
                at = expected[2];
                expected = reference.next(at);
            }
            switch (expected[0]) {
                case END -> assertEquals(-1, await.next());
                case CUT_OFF -> assertThrows(EOFException.class, await::next);
                case MALFORMED -> assertThrows(ProtocolException.class, await::next);
                default -> {
                    IOException thrown = assertThrows(IOException.class, await::next);
                    assertEquals(true, thrown instanceof LineTooLongException
                            || thrown instanceof FrameTooLongException, thrown::toString);
                }
            }
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            while (stream.fill() >= 0) {
                // nothing was taken, and the rest comes
            }
            ByteBuffer left = stream.input();
            while (left.hasRemaining()) {
                rest.write(left.get());
            }
            assertArrayEquals(Arrays.copyOfRange(all, at, all.length), rest.toByteArray());
            sending.join();
        });
        stream.close();
        peer.close();
        renew();
    }
}
