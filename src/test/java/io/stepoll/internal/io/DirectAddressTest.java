package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel is told the address of memory that lasts as long as its buffer, and of no other. */
class DirectAddressTest {
    private static final int SIZE = 100;

    private static long addressOf(ByteBuffer buffer) {
        return DirectAddress.of(buffer, null).at(Remaining.of(buffer));
    }

    private static void assertTold(ByteBuffer buffer) {
        buffer.position(3);
        long address = MemorySegment.ofBuffer(buffer).address();
        assertNotEquals(DirectAddress.NONE, address);
        assertEquals(address, addressOf(buffer));
        assertEquals(address + 1, addressOf(buffer.slice(4, 1)));
        assertEquals(address, addressOf(buffer.duplicate()));
        assertEquals(address, addressOf(buffer.asReadOnlyBuffer()));
    }

    private static void assertCopied(ByteBuffer buffer) {
        assertEquals(DirectAddress.NONE, addressOf(buffer));
        assertEquals(DirectAddress.NONE, addressOf(buffer.slice(4, 1)));
        assertEquals(DirectAddress.NONE, addressOf(buffer.duplicate()));
        assertEquals(DirectAddress.NONE, addressOf(buffer.asReadOnlyBuffer()));
    }

    @Test
    void memoryThatLasts() {
        assertTold(ByteBuffer.allocateDirect(SIZE));
        assertTold(Arena.ofAuto().allocate(SIZE).asByteBuffer());
        assertTold(Arena.global().allocate(SIZE).asByteBuffer());
    }

    @Test
    void memoryOfAnArenaThatCanBeClosed() {
        try (Arena shared = Arena.ofShared(); Arena confined = Arena.ofConfined()) {
            assertCopied(shared.allocate(SIZE).asByteBuffer());
            assertCopied(confined.allocate(SIZE).asByteBuffer());
        }
    }

    @Test
    void mappedFiles(@TempDir Path folder) throws Exception {
        Path path = Files.write(folder.resolve("file"), new byte[SIZE]);
        try (FileChannel file = FileChannel.open(path); Arena arena = Arena.ofShared()) {
            assertTold(file.map(FileChannel.MapMode.READ_ONLY, 0, SIZE));
            assertCopied(file.map(FileChannel.MapMode.READ_ONLY, 0, SIZE, arena).asByteBuffer());
        }
    }

    @Test
    void aKnownAddressIsThatOfItsBufferAlone() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
        DirectAddress known = DirectAddress.of(buffer, null);
        assertSame(known, DirectAddress.of(buffer, known));
        ByteBuffer other = ByteBuffer.allocateDirect(SIZE);
        assertEquals(MemorySegment.ofBuffer(other).address(), DirectAddress.of(other, known).at(Remaining.of(other)));
    }
}
