package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ConcurrentModificationException;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * While a task makes a call with a buffer, another thread moves the buffer, closes its arena or cuts its file off. No
 * call reads or writes outside of the buffer: guard zones lie around it, and memory that is allocated anew after an
 * arena was closed is looked at, too. Each call with each abuse runs for some milliseconds, which
 * {@code -Dstepoll.buffers.millis} sets.
 */
@Timeout(300)
class BuffersInOtherHandsTest extends SocketFixture {
    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(Long.getLong("stepoll.buffers.millis", 2));

    private static final int SIZE = 4096;
    private static final int GUARD = 4096;
    /** More than malloc(3) keeps for itself: this is unmapped when its arena is closed. */
    private static final int LARGE = 1 << 20;
    /** What one call takes at the most of a buffer whose bytes are copied. */
    private static final int COPIED = 1 << 16;
    /** As much as a datagram or a record may have. */
    private static final int MESSAGE = 1 << 15;

    private static final int BURST = 20;

    private static final byte CONTENT = 'x';
    private static final byte CANARY = 0x5a;

    /** What the other thread does, and to what memory. */
    private enum Abuse {
        MOVES_HEAP, MOVES_DIRECT, MOVES_AUTOMATIC_ARENA, MOVES_SHARED_ARENA, CLOSES_ARENA, CLOSES_ARENA_OF_FILE,
        CUTS_FILE, CUTS_FILE_OF_ARENA;

        boolean moves() {
            return compareTo(CLOSES_ARENA) < 0;
        }

        boolean closes() {
            return this == CLOSES_ARENA || this == CLOSES_ARENA_OF_FILE;
        }

        boolean cuts() {
            return this == CUTS_FILE || this == CUTS_FILE_OF_ARENA;
        }
    }

    /** Two sockets that are connected to each other. */
    private record Ends(ByteSocket<?> near, ByteSocket<?> far) {
        int closedSize() {
            return near instanceof StreamSocket ? LARGE : MESSAGE;
        }

        StreamSocket stream() {
            return (StreamSocket) near;
        }

        DatagramEndpoint datagrams() {
            return (DatagramEndpoint) near;
        }

        ConnectionSocket<?> passing() {
            return (ConnectionSocket<?>) near;
        }
    }

    private enum Wire {
        TCP, UNIX, DATAGRAMS, RECORDS
    }

    /** A call with a buffer, or with an array of it and others. */
    private interface Call {
        long with(Ends ends, ByteBuffer buffer) throws Exception;
    }

    private enum Read {
        READ(Wire.UNIX, (ends, buffer) -> ends.near.read(buffer)),
        READ_TCP(Wire.TCP, (ends, buffer) -> ends.near.read(buffer)),
        TRY_READ(Wire.UNIX, (ends, buffer) -> ends.near.tryRead(buffer)),
        PEEK(Wire.UNIX, (ends, buffer) -> ends.near.descriptor().recv(buffer, Descriptor.MSG_PEEK)),
        VECTORED(Wire.UNIX, (ends, buffer) -> ends.stream().read(array(buffer))),
        PASSED(Wire.UNIX, (ends, buffer) -> ends.passing().readPassed(buffer, Descriptors::close)),
        RECEIVE(Wire.DATAGRAMS, (ends, buffer) -> {
            ends.datagrams().receive(buffer);
            return 0;
        }),
        DATAGRAM(Wire.DATAGRAMS, (ends, buffer) -> ends.near.read(buffer)),
        TRY_DATAGRAM(Wire.DATAGRAMS, (ends, buffer) -> ends.near.tryRead(buffer)),
        RECORD(Wire.RECORDS, (ends, buffer) -> ends.near.read(buffer)),
        TRY_RECORD(Wire.RECORDS, (ends, buffer) -> ends.near.tryRead(buffer)),
        PASSED_RECORD(Wire.RECORDS, (ends, buffer) -> ends.passing().readPassed(buffer, Descriptors::close));

        private final Wire wire;
        private final Call call;

        Read(Wire wire, Call call) {
            this.wire = wire;
            this.call = call;
        }
    }

    private enum Write {
        WRITE(Wire.UNIX, (ends, buffer) -> ends.near.write(buffer)),
        WRITE_TCP(Wire.TCP, (ends, buffer) -> ends.near.write(buffer)),
        TRY_WRITE(Wire.UNIX, (ends, buffer) -> ends.near.tryWrite(buffer)),
        SEND(Wire.UNIX, (ends, buffer) -> ends.near.descriptor().send(buffer, Descriptor.MSG_DONTWAIT)),
        VECTORED(Wire.UNIX, (ends, buffer) -> ends.stream().write(array(buffer))),
        PASSING(Wire.UNIX, (ends, buffer) -> ends.passing().writePassing(buffer, ends.far.descriptor().fd())),
        SEND_DATAGRAM(Wire.DATAGRAMS, (ends, buffer) -> ends.datagrams().send(buffer, ends.far.localAddress())),
        DATAGRAM(Wire.DATAGRAMS, (ends, buffer) -> ends.near.write(buffer)),
        TRY_DATAGRAM(Wire.DATAGRAMS, (ends, buffer) -> ends.near.tryWrite(buffer)),
        RECORD(Wire.RECORDS, (ends, buffer) -> ends.near.write(buffer)),
        TRY_RECORD(Wire.RECORDS, (ends, buffer) -> ends.near.tryWrite(buffer)),
        PASSING_RECORD(Wire.RECORDS, (ends, buffer) -> ends.passing().writePassing(buffer,
                ends.far.descriptor().fd()));

        private final Wire wire;
        private final Call call;

        Write(Wire wire, Call call) {
            this.wire = wire;
            this.call = call;
        }
    }

    /** The buffer between two others that stay as they are. */
    private static ByteBuffer[] array(ByteBuffer buffer) {
        return new ByteBuffer[] {filled(ByteBuffer.allocate(10)), buffer, filled(ByteBuffer.allocateDirect(10))};
    }

    private static ByteBuffer filled(ByteBuffer buffer) {
        while (buffer.hasRemaining()) {
            buffer.put(CONTENT);
        }
        return buffer.flip();
    }

    static Stream<Arguments> reads() {
        return Stream.of(Read.values()).flatMap(read -> Stream.of(Abuse.values()).map(
                abuse -> Arguments.of(read, abuse)));
    }

    static Stream<Arguments> writes() {
        return Stream.of(Write.values()).flatMap(write -> Stream.of(Abuse.values()).map(
                abuse -> Arguments.of(write, abuse)));
    }

    private final ByteBuffer clean = ByteBuffer.allocateDirect(LARGE);
    private FileChannel mapped;

    @AfterEach
    void closeFile() throws IOException {
        if (mapped != null) {
            mapped.close();
        }
    }

    /** The other thread. It takes a victim, abuses it, and takes the next one. */
    private abstract static class Hand implements AutoCloseable {
        private volatile boolean stopped;
        private final Thread thread = Thread.ofPlatform().name("other hand").unstarted(this::run);
        private Throwable failure;

        void start() {
            thread.start();
        }

        private void run() {
            try {
                SplittableRandom random = new SplittableRandom(1);
                while (!stopped) {
                    abuse(random);
                }
            } catch (Throwable e) {
                failure = e;
            }
        }

        abstract void abuse(SplittableRandom random) throws Exception;

        boolean isStopped() {
            return stopped;
        }

        /** Is called before each call. Returns the buffer for it. */
        abstract ByteBuffer next() throws Exception;

        /** Is called after each call. */
        void check() throws Exception {}

        @Override
        public void close() {
            stopped = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // by the timeout of the test, which fails it anyway
            }
            if (failure != null) {
                throw new AssertionError("the other thread", failure);
            }
        }
    }

    /** Moves position and limit, between two guard zones. */
    private static final class Mover extends Hand {
        private final ByteBuffer whole;
        private final ByteBuffer victim;

        Mover(ByteBuffer memory) {
            whole = memory;
            for (int i = 0; i < whole.capacity(); i++) {
                whole.put(i, i >= GUARD && i < GUARD + SIZE ? CONTENT : CANARY);
            }
            victim = whole.slice(GUARD, SIZE);
        }

        @Override
        void abuse(SplittableRandom random) {
            for (int i = 0; i < BURST; i++) { // between a whole buffer and one at its end
                victim.clear();
                victim.position(SIZE - 1);
            }
            try {
                switch (random.nextInt(6)) {
                    case 0 -> victim.clear();
                    case 1 -> victim.position(victim.limit());
                    case 2 -> victim.position(random.nextInt(SIZE));
                    case 3 -> victim.limit(random.nextInt(SIZE));
                    case 4 -> victim.flip();
                    default -> victim.rewind();
                }
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().contains("newPosition"), e::getMessage); // behind the limit, this time
            }
        }

        @Override
        ByteBuffer next() {
            return victim;
        }

        @Override
        void check() {
            for (int i = 0; i < GUARD; i++) {
                assertEquals(CANARY, whole.get(i), "before the buffer");
                assertEquals(CANARY, whole.get(GUARD + SIZE + i), "behind the buffer");
            }
        }
    }

    /** Closes the arena of the buffer, and allocates as much memory again, which most likely is the same memory. */
    private static final class Closer extends Hand {
        /** In looks at nothing: as long as a call may take. */
        private static final int LONGEST_DELAY = 3000;

        private final MemorySegment canaries;
        private final FileChannel file;
        private volatile Arena arena;
        private volatile MemorySegment after;
        private Arena arenaAfter;

        /** @param file that is mapped; null for memory of malloc(3) */
        Closer(int size, FileChannel file) {
            canaries = MemorySegment.ofArray(new byte[size]).fill(CANARY);
            this.file = file;
        }

        private MemorySegment allocate(Arena owner) throws IOException {
            return file == null ? owner.allocate(canaries.byteSize()).fill(CONTENT)
                    : file.map(FileChannel.MapMode.PRIVATE, 0, canaries.byteSize(), owner);
        }

        @Override
        void abuse(SplittableRandom random) throws IOException {
            Arena closed = arena;
            if (closed == null) {
                Thread.onSpinWait();
                return;
            }
            arena = null;
            for (int i = random.nextInt(LONGEST_DELAY); i > 0; i--) {
                Thread.onSpinWait();
            }
            closed.close();
            arenaAfter = Arena.ofShared();
            after = allocate(arenaAfter).fill(CANARY);
        }

        @Override
        ByteBuffer next() throws IOException {
            Arena fresh = Arena.ofShared();
            ByteBuffer victim = allocate(fresh).asByteBuffer();
            after = null;
            arena = fresh;
            return victim;
        }

        @Override
        void check() throws Exception {
            while (after == null) {
                assertTrue(!isStopped());
                Thread.onSpinWait();
            }
            long different = after.mismatch(canaries);
            arenaAfter.close();
            assertEquals(-1, different, "memory that was allocated after the arena was closed");
        }
    }

    /** Makes the mapped file empty and long again, in turns. */
    private static final class Cutter extends Hand {
        private final FileChannel file;
        private final ByteBuffer victim;
        private final ByteBuffer content = filled(ByteBuffer.allocateDirect(SIZE));

        Cutter(FileChannel file, Arena arena) throws IOException {
            this.file = file;
            victim = arena == null ? file.map(FileChannel.MapMode.READ_WRITE, 0, SIZE)
                    : file.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, arena).asByteBuffer();
        }

        @Override
        void abuse(SplittableRandom random) throws Exception {
            file.truncate(0);
            file.write(content.rewind(), 0);
        }

        @Override
        ByteBuffer next() {
            return victim.clear();
        }
    }

    private Hand hand(Abuse abuse, Arena arena, int closedSize) throws Exception {
        int bytes = GUARD + SIZE + GUARD;
        return switch (abuse) {
            case MOVES_HEAP -> new Mover(ByteBuffer.allocate(bytes));
            case MOVES_DIRECT -> new Mover(ByteBuffer.allocateDirect(bytes));
            case MOVES_AUTOMATIC_ARENA -> new Mover(Arena.ofAuto().allocate(bytes).asByteBuffer());
            case MOVES_SHARED_ARENA -> new Mover(arena.allocate(bytes).asByteBuffer());
            case CLOSES_ARENA -> new Closer(closedSize, null);
            case CLOSES_ARENA_OF_FILE -> new Closer(closedSize, mappable(closedSize));
            case CUTS_FILE -> new Cutter(mappable(SIZE), null);
            case CUTS_FILE_OF_ARENA -> new Cutter(mappable(SIZE), arena);
        };
    }

    private FileChannel mappable(int size) throws IOException {
        mapped = FileChannel.open(folder.resolve("mapped"), StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        mapped.write(filled(ByteBuffer.allocate(size)));
        return mapped;
    }

    private Ends connect(Wire wire) throws Exception {
        ByteSocket<?>[] two = switch (wire) {
            case TCP -> StreamKind.TCP.connect(loop);
            case UNIX -> passingPair();
            case RECORDS -> passingRecordPair();
            case DATAGRAMS -> new DatagramEndpoint[] {bound(AddressKind.ABSTRACT), bound(AddressKind.ABSTRACT)};
        };
        if (wire == Wire.DATAGRAMS) {
            ((DatagramEndpoint) two[0]).connect(two[1].localAddress());
            ((DatagramEndpoint) two[1]).connect(two[0].localAddress());
        }
        two[1].setOption(StandardSocketOptions.SO_SNDBUF, LARGE);
        return new Ends(two[0], two[1]);
    }

    /**
     * Makes the call, which may fail in the ways that the documentation names, and in no other. Returns its result;
     * WOULD_BLOCK if it failed.
     */
    private static long call(Call call, Ends ends, ByteBuffer buffer, Abuse abuse) throws Exception {
        try {
            long count = call.with(ends, buffer);
            assertNotEquals(-1, count, "no end has come");
            return count;
        } catch (TruncatedDatagramException | WouldBlockException | BrokenPipeException e) {
            // there was less room than the message took, or no room, or the reader has found a foreign byte
        } catch (ConcurrentModificationException e) {
            assertTrue(abuse.moves(), e::toString);
        } catch (IllegalArgumentException e) {
            assertTrue(abuse.moves() && e.getMessage().contains("at least one byte"), e::toString);
        } catch (IllegalStateException e) {
            if (!abuse.closes() || !e.getMessage().contains("arena is closed")) {
                throw e;
            }
        } catch (IOException e) {
            if (!(e instanceof SystemCallFailure failure) || !failure.failedCall().errnoName().equals("EFAULT")
                    || !abuse.cuts()) {
                throw e;
            }
        }
        return Descriptor.WOULD_BLOCK;
    }

    private interface Round {
        void go() throws Exception;
    }

    /** In a task. */
    private static void untilTimeIsUp(Round round) throws Exception {
        long end = System.nanoTime() + NANOS;
        do {
            round.go();
        } while (System.nanoTime() - end < 0);
    }

    @ParameterizedTest
    @MethodSource("reads")
    void readInto(Read read, Abuse abuse) throws Exception {
        Ends ends = connect(read.wire);
        int closedSize = ends.closedSize();
        int feed = abuse.closes() ? closedSize : SIZE;
        try (Arena arena = Arena.ofShared(); Hand hand = hand(abuse, arena, closedSize)) {
            hand.start();
            inTask(() -> untilTimeIsUp(() -> {
                int fed = ends.far.tryWrite(filled(clean.clear().limit(feed)));
                loop.sleep(Duration.ZERO); // a poll finds that there is something to read
                long count = call(read.call, ends, hand.next(), abuse);
                if (read.wire == Wire.UNIX && abuse.closes() && count > 0) {
                    assertTrue(count == fed || count == COPIED, () -> "cut off: " + count + " of " + fed);
                }
                hand.check();
                while (ends.near.tryRead(clean.clear()) > 0) {
                    assertTrue(ends.near.isOpen());
                }
            }));
        }
    }

    @ParameterizedTest
    @MethodSource("writes")
    void writeFrom(Write write, Abuse abuse) throws Exception {
        Ends ends = connect(write.wire);
        Set<Byte> allowed = abuse.cuts() ? Set.of(CONTENT, (byte) 0) : Set.of(CONTENT);
        try (Arena arena = Arena.ofShared(); Hand hand = hand(abuse, arena, ends.closedSize())) {
            hand.start();
            Task<?> reader = loop.spawn(() -> readAll(ends.far, allowed));
            inTask(() -> {
                try {
                    untilTimeIsUp(() -> {
                        call(write.call, ends, hand.next(), abuse);
                        hand.check();
                    });
                } finally {
                    ends.far.close();
                }
            });
            reader.join();
        }
    }

    /** Reads until the socket is closed here. */
    private void readAll(ByteSocket<?> socket, Set<Byte> allowed) throws IOException {
        try {
            for (;;) {
                socket.read(clean.clear());
                for (clean.flip(); clean.hasRemaining();) {
                    byte sent = clean.get();
                    assertTrue(allowed.contains(sent), () -> "a foreign byte was sent: " + sent);
                }
            }
        } catch (ClosedChannelException e) {
            assertTrue(!socket.isOpen());
        } finally {
            socket.close(); // the writer must not wait any more
        }
    }

    /** Moves the data of a packet: neither its neighbours are sent nor written over. */
    @ParameterizedTest
    @EnumSource(names = {"IPV4", "ABSTRACT"})
    void batches(AddressKind kind) throws Exception {
        int packets = 3;
        DatagramEndpoint near = bound(kind);
        DatagramEndpoint far = bound(kind);
        near.connect(far.localAddress());
        far.connect(near.localAddress());
        DatagramBatch batch = new DatagramBatch(packets, SIZE);
        for (int i = 0; i < packets; i++) {
            ByteBuffer data = batch.data(batch.add());
            for (int at = 0; at < SIZE; at++) {
                data.put(at, (byte) (CONTENT + i));
            }
        }
        try (Hand hand = new Hand() {
            @Override
            void abuse(SplittableRandom random) {
                ByteBuffer data = batch.data(random.nextInt(packets));
                switch (random.nextInt(3)) {
                    case 0 -> data.clear();
                    case 1 -> data.position(data.limit());
                    default -> data.limit(random.nextInt(SIZE));
                }
            }

            @Override
            ByteBuffer next() {
                return null;
            }
        }) {
            hand.start();
            Task<?> reader = loop.spawn(() -> readPackets(far));
            inTask(() -> {
                try {
                    untilTimeIsUp(() -> {
                        try {
                            near.sendBatch(batch);
                        } catch (ConcurrentModificationException e) {
                            assertTrue(near.isOpen());
                        }
                    });
                } finally {
                    far.close();
                }
            });
            reader.join();
        }
    }

    private void readPackets(DatagramEndpoint socket) throws IOException {
        try {
            for (;;) {
                socket.read(clean.clear());
                byte first = clean.flip().hasRemaining() ? clean.get(0) : 0;
                while (clean.hasRemaining()) {
                    assertEquals(first, clean.get(), "a byte of another packet");
                }
            }
        } catch (ClosedChannelException e) {
            assertTrue(!socket.isOpen());
        } finally {
            socket.close();
        }
    }
}
