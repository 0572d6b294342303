package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/** One direction of a long transfer at one end: pieces of random size and place, in heap and direct buffers. */
public final class Pieces {
    /** More than one call moves of a heap buffer, and more than a socket takes at once. */
    private static final int LARGEST = 300_000;

    /** How many bytes went or came, and their checksum. */
    public record Sum(long count, long crc) {}

    private final SplittableRandom random;
    private final ByteBuffer[] buffers = {ByteBuffer.allocate(LARGEST), ByteBuffer.allocateDirect(LARGEST)};
    private final CRC32C crc = new CRC32C();
    private long count;
    private ByteBuffer piece;
    private int start;

    public Pieces(SplittableRandom random) {
        this.random = random;
    }

    /** Returns a buffer to read into: its remaining room is mostly small, now and then large. */
    public ByteBuffer room() {
        return room(size());
    }

    private int size() {
        return 1 + random.nextInt(1 + random.nextInt(LARGEST));
    }

    private ByteBuffer room(int size) {
        start = random.nextInt(LARGEST - size + 1);
        piece = buffers[random.nextInt(buffers.length)].clear();
        return piece.position(start).limit(start + size);
    }

    /** Adds to the sum what a read has put into the last room. */
    public void add(int received) {
        assertTrue(received > 0, () -> received + " bytes into " + piece);
        assertEquals(start + received, piece.position());
        crc.update(piece.limit(start + received).position(start));
        count += received;
    }

    /** Returns a piece of the content to write, of at most so many bytes, and adds it to the sum. */
    public ByteBuffer next(byte[] content, long most) {
        int size = (int) Math.min(size(), most);
        int from = random.nextInt(content.length - size);
        room(size).put(content, from, size).position(start);
        crc.update(content, from, size);
        count += size;
        return piece;
    }

    /** Writes so many bytes of the content, piece by piece, and ends the output. In a task. */
    public Sum sendAll(StreamSocket socket, byte[] content, long total) throws IOException {
        while (count < total) {
            int size = next(content, total - count).remaining();
            assertEquals(size, socket.write(piece));
            assertEquals(0, piece.remaining());
        }
        socket.shutdownOutput();
        return sum();
    }

    public long count() {
        return count;
    }

    public Sum sum() {
        return new Sum(count, crc.getValue());
    }
}
