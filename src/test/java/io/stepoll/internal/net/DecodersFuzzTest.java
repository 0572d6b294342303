package io.stepoll.internal.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.Addresses;
import io.stepoll.support.Seeds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a peer, or the kernel, decides the bytes of: any contents and lengths, in memory of exactly the size that the
 * library has for them. Nothing is thrown that is not documented, nothing outside of the memory is read, and an address
 * goes back to the kernel as it came. {@code -Dfuzz.rounds=N} goes on for longer.
 */
@Timeout(60)
class DecodersFuzzTest {
    private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 20_000);
    private static final int[] FAMILIES = {Sockets.AF_UNIX, Sockets.AF_INET, Sockets.AF_INET6};
    private static final int MOST_BYTES = 100;

    /** The library's own; only the sockets' package can name it. */
    private static AddressCodec codec() throws ReflectiveOperationException {
        Field codec = Addresses.class.getDeclaredField("CODEC");
        codec.setAccessible(true);
        return (AddressCodec) codec.get(null);
    }

    private static void fill(ByteBuffer memory, SplittableRandom random) {
        int kinds = 1 + random.nextInt(256);
        for (int i = 0; i < memory.capacity(); i++) {
            memory.put(i, (byte) (random.nextInt(kinds) - random.nextInt(2)));
        }
    }

    @Test
    void socketAddresses() throws Exception {
        SplittableRandom random = Seeds.random("DecodersFuzzTest.socketAddresses");
        AddressCodec codec = codec();
        for (int i = 0; i < ROUNDS; i++) {
            try (Arena arena = Arena.ofConfined()) {
                ByteBuffer struct = memory(arena);
                fill(struct, random);
                if (random.nextInt(8) != 0) {
                    struct.putShort(0, (short) FAMILIES[random.nextInt(FAMILIES.length)]);
                }
                int length = random.nextInt(2 * Sockets.STORAGE_SIZE);
                RawAddress raw = RawAddress.read(struct, length);
                if (raw == null) {
                    assertTrue(length >= Short.BYTES);
                    continue;
                }
                SocketAddress address = codec.of(raw);
                if (address == null) {
                    assertEquals(0, raw.bytes().length);
                    continue;
                }
                assertEquals(address, codec.of(codec.raw(address)));
                checkGoesBack(codec.raw(address), raw, arena);
                checkText(codec, address);
            }
        }
    }

    private static ByteBuffer memory(Arena arena) {
        return arena.allocate(Sockets.STORAGE_SIZE, Long.BYTES).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /**
     * The kernel gets the same struct again. Of a mapped IPv4 address the JDK keeps the IPv4 one, and of a path not the
     * slashes that mean nothing.
     */
    private static void checkGoesBack(RawAddress again, RawAddress raw, Arena arena) {
        if (again.family() != raw.family()) {
            return;
        }
        assertEquals(withoutSpareSlashes(raw), withoutSpareSlashes(again));
        assertEquals(raw.port(), again.port());
        ByteBuffer struct = memory(arena);
        int length = again.write(struct);
        assertTrue(length <= Sockets.STORAGE_SIZE);
        assertArrayEquals(again.bytes(), RawAddress.read(struct, length).bytes());
    }

    private static String withoutSpareSlashes(RawAddress address) {
        String bytes = new String(address.bytes(), StandardCharsets.ISO_8859_1);
        return address.family() == Sockets.AF_UNIX && !bytes.startsWith("\0")
                ? bytes.replaceAll("/+", "/").replaceAll("(?s)(.)/\\z", "$1") : bytes;
    }

    /** Messages and logs have no control characters of the peer's. The text of a Unix address is one. */
    private static void checkText(AddressCodec codec, SocketAddress address) throws Exception {
        String text = codec.text(address);
        assertTrue(text.chars().noneMatch(c -> c < ' ' || c == 0x7f), text);
        if (text.startsWith("unix:")) {
            assertEquals(address, Addresses.parse(text));
        }
    }

    @Test
    void tcpInfo() {
        SplittableRandom random = Seeds.random("DecodersFuzzTest.tcpInfo");
        for (int i = 0; i < ROUNDS; i++) {
            try (Arena arena = Arena.ofConfined()) {
                int length = random.nextInt(TcpInfoStruct.size() + 1);
                ByteBuffer memory = arena.allocate(length, 1).asByteBuffer().order(ByteOrder.nativeOrder());
                fill(memory, random);
                TcpInfoStruct info = new TcpInfoStruct(memory, length);
                long[] bytesAndInts = {info.state(), info.retransmits(), info.retransmissionTimeout(),
                        info.sendSegment(), info.receiveSegment(), info.unacked(), info.sacked(), info.lost(),
                        info.retransmitted(), info.lastDataSent(), info.lastDataReceived(), info.pathMtu(), info.rtt(),
                        info.rttVariance(), info.minimumRtt(), info.slowStartThreshold(), info.congestionWindow(),
                        info.totalRetransmits(), info.unsentBytes()};
                for (long value : bytesAndInts) {
                    assertTrue(value >= -1 && value < 1L << Integer.SIZE, () -> "" + value);
                }
                long[] longs = {info.deliveryRate(), info.sentBytes(), info.retransmittedBytes(), info.ackedBytes(),
                        info.receivedBytes()}; // any value is one
                if (length == 0) {
                    assertTrue(LongStream.concat(LongStream.of(bytesAndInts), LongStream.of(longs))
                            .allMatch(value -> value == -1));
                }
            }
        }
    }

    /** A datagram socket whose calls answer what the generator says. */
    private static final class AnyAnswers extends DatagramMemory {
        private final SplittableRandom random;
        private byte[] came;
        private long answer;

        AnyAnswers(SplittableRandom random) {
            super(Sockets.AF_INET);
            this.random = random;
        }

        @Override
        @SuppressWarnings("restricted") // the address is that of the library's own memory, or of the test's
        long call(int fd, long address, int room) {
            came = new byte[room];
            random.nextBytes(came);
            MemorySegment.copy(came, 0, MemorySegment.ofAddress(address).reinterpret(room), ValueLayout.JAVA_BYTE, 0,
                    room);
            int length = random.nextInt(2 * MOST_BYTES);
            answer = length | (long) random.nextInt(2 * Sockets.STORAGE_SIZE) << Integer.SIZE;
            return answer;
        }
    }

    @Test
    void datagrams() {
        SplittableRandom random = Seeds.random("DecodersFuzzTest.datagrams");
        AnyAnswers memory = new AnyAnswers(random);
        for (int i = 0; i < ROUNDS; i++) {
            int capacity = random.nextInt(MOST_BYTES);
            int limit = random.nextInt(capacity + 1);
            int position = random.nextInt(limit + 1);
            ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(capacity)
                    : ByteBuffer.allocateDirect(capacity);
            target.limit(limit).position(position);
            long answer = memory.receive(-1, target, Remaining.of(target));
            assertEquals(memory.answer, answer);
            int stored = Math.min((int) answer, limit - position);
            assertEquals(position + stored, target.position());
            assertEquals(limit, target.limit());
            for (int n = 0; n < stored; n++) {
                assertEquals(memory.came[n], target.get(position + n));
            }
            RawAddress sender = memory.sender(answer); // nobody has written a family there: it is no address
            assertTrue(sender == null || sender.bytes().length == 0);
        }
    }
}
