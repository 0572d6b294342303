package io.stepoll.internal.net;

import io.stepoll.SystemCall;
import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The native memory of a batch of datagrams, for recvmmsg(2) and sendmmsg(2). All is laid out once, outside of the
 * heap: the headers, the pieces (iovec) that they point to, the names (addresses), and the data.
 */
public final class BatchMemory {
    private static final int ALIGNMENT = 64;
    private static final int LARGEST_DATA = 1 << 24;
    private static final int MAPPED_MARK = 0xffff;
    private static final int MAPPED_MARK_AT = 8;
    private static final int MAPPED_IPV4_AT = 12;

    private final int capacity;
    private final int maxBytes;
    private final ByteBuffer headers;
    private final ByteBuffer pieces;
    private final long headersAddress;
    private final long dataAddress;
    private final int stride;
    private final ByteBuffer[] data;
    private final ByteBuffer[] names;
    private final ByteBuffer[] namesForReading;

    final SystemCall receiving = this::receive;
    final SystemCall sending = this::send;

    private int count;
    private int sent;
    private boolean busy;

    public BatchMemory(int capacity, int maxBytes) {
        if (capacity < 1 || capacity > Datagrams.LARGEST_BATCH) {
            throw new IllegalArgumentException(
                    "a batch has 1 to " + Datagrams.LARGEST_BATCH + " packets, not " + capacity);
        }
        if (maxBytes < 1 || maxBytes > LARGEST_DATA) {
            throw new IllegalArgumentException("a packet has 1 to " + LARGEST_DATA + " bytes, not " + maxBytes);
        }
        this.capacity = capacity;
        this.maxBytes = maxBytes;
        stride = aligned(maxBytes);
        int headersSize = aligned(capacity * Datagrams.HEADER_SIZE);
        int piecesSize = aligned(capacity * Datagrams.PIECE_SIZE);
        int namesSize = aligned(capacity * Sockets.STORAGE_SIZE);
        long size = headersSize + piecesSize + namesSize + (long) capacity * stride;
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(capacity + " packets of " + maxBytes + " bytes are 2 GiB or more");
        }
        MemorySegment memory = Arena.ofAuto().allocate(size, ALIGNMENT);
        ByteBuffer bytes = memory.asByteBuffer();
        headersAddress = memory.address();
        headers = slice(bytes, 0, headersSize);
        pieces = slice(bytes, headersSize, piecesSize);
        int namesAt = headersSize + piecesSize;
        int dataAt = namesAt + namesSize;
        dataAddress = headersAddress + dataAt;
        Datagrams.layOut(headersAddress, capacity, headersAddress + headersSize, headersAddress + namesAt);
        data = new ByteBuffer[capacity];
        names = new ByteBuffer[capacity];
        namesForReading = new ByteBuffer[capacity];
        for (int i = 0; i < capacity; i++) {
            data[i] = bytes.slice(dataAt + i * stride, maxBytes);
            names[i] = slice(bytes, namesAt + i * Sockets.STORAGE_SIZE, Sockets.STORAGE_SIZE);
            namesForReading[i] = names[i].asReadOnlyBuffer().order(ByteOrder.nativeOrder()).limit(0);
        }
    }

    private static int aligned(int size) {
        return size + ALIGNMENT - 1 & -ALIGNMENT;
    }

    private static ByteBuffer slice(ByteBuffer bytes, int from, int length) {
        return bytes.slice(from, length).order(ByteOrder.nativeOrder());
    }

    public int capacity() {
        return capacity;
    }

    public int maxBytes() {
        return maxBytes;
    }

    public int count() {
        return count;
    }

    public int sent() {
        return sent;
    }

    public void clear() {
        checkIdle();
        count = 0;
        sent = 0;
    }

    public int add() {
        checkIdle();
        if (count == capacity) {
            throw new IllegalStateException("the batch is full: " + capacity + " packets");
        }
        int index = count++;
        data[index].clear();
        nameLength(index, 0);
        return index;
    }

    public int replyTo(BatchMemory received, int index) {
        int nameLength = received.rawAddress(index).limit();
        int added = add();
        names[added].put(0, received.names[index], 0, nameLength);
        nameLength(added, nameLength);
        return added;
    }

    public ByteBuffer data(int index) {
        return data[check(index)];
    }

    public int length(int index) {
        return headers.getInt(check(index) * Datagrams.HEADER_SIZE + Datagrams.HEADER_LENGTH);
    }

    /** How many bytes these packets have, from one index to before another, as the last call has moved them. */
    long bytes(int from, int to) {
        long bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += headers.getInt(i * Datagrams.HEADER_SIZE + Datagrams.HEADER_LENGTH);
        }
        return bytes;
    }

    public SocketAddress address(int index, AddressCodec codec) {
        return codec.of(raw(check(index)));
    }

    RawAddress raw(int index) {
        int length = namesForReading[index].limit();
        return length == 0 ? null : RawAddress.read(names[index], length);
    }

    public ByteBuffer rawAddress(int index) {
        return namesForReading[check(index)];
    }

    public void address(int index, AddressCodec codec, SocketAddress address) throws SocketException {
        check(index);
        checkIdle();
        if (address == null) {
            nameLength(index, 0);
            return;
        }
        RawAddress raw = codec.raw(address);
        clearName(index);
        nameLength(index, raw.write(names[index]));
    }

    private void clearName(int index) {
        for (int i = 0; i < Sockets.STORAGE_SIZE; i += Long.BYTES) {
            names[index].putLong(i, 0);
        }
    }

    private void nameLength(int index, int length) {
        headers.putInt(index * Datagrams.HEADER_SIZE + Datagrams.HEADER_NAME_LENGTH, length);
        namesForReading[index].clear().limit(Math.min(length, Sockets.STORAGE_SIZE));
    }

    private int check(int index) {
        return Objects.checkIndex(index, count);
    }

    /** While a call waits with this batch, nobody may change the batch. */
    private void checkIdle() {
        if (busy) {
            throw new IllegalStateException("the batch is in use: a task receives or sends with it");
        }
    }

    /** Marks the batch as in use, for the length of a call, or as free again. */
    void occupy(boolean occupied) {
        if (occupied) {
            checkIdle();
        }
        busy = occupied;
    }

    private long receive(int fd) {
        for (int i = 0; i < capacity; i++) {
            headers.putInt(i * Datagrams.HEADER_SIZE + Datagrams.HEADER_NAME_LENGTH, Sockets.STORAGE_SIZE);
            piece(i, 0, maxBytes);
        }
        int received = Datagrams.recvmmsg(fd, headersAddress, capacity);
        if (received >= 0) {
            count = received;
            for (int i = 0; i < received; i++) {
                int header = i * Datagrams.HEADER_SIZE;
                data[i].clear().limit(Math.min(headers.getInt(header + Datagrams.HEADER_LENGTH), maxBytes));
                nameLength(i, usableLength(i, headers.getInt(header + Datagrams.HEADER_NAME_LENGTH)));
            }
        }
        return received;
    }

    /** The kernel counts a zero behind the longest path of a Unix socket, and does not take such a length itself. */
    private int usableLength(int index, int length) {
        return length > Sockets.UNIX_SIZE && names[index].getShort(0) == Sockets.AF_UNIX ? Sockets.UNIX_SIZE : length;
    }

    private void piece(int index, int from, int length) {
        int piece = index * Datagrams.PIECE_SIZE;
        pieces.putLong(piece + Datagrams.PIECE_BASE, dataAddress + (long) index * stride + from);
        pieces.putLong(piece + Datagrams.PIECE_LENGTH, length);
    }

    /** Before the first call that sends: takes the packets as they are now, and converts addresses for the family. */
    void prepare(int family, int from) {
        sent = from;
        for (int i = from; i < count; i++) {
            long remaining = Remaining.of(data[i]);
            piece(i, Remaining.position(remaining), Remaining.length(remaining));
            if (namesForReading[i].limit() != 0 && names[i].getShort(0) != family) {
                convert(i, family);
            }
        }
    }

    private void convert(int index, int family) {
        ByteBuffer name = names[index];
        int own = name.getShort(0);
        int port = name.getShort(Sockets.IPV4_PORT);
        if (own == Sockets.AF_INET && family == Sockets.AF_INET6) {
            int ip = name.getInt(Sockets.IPV4_ADDRESS);
            clearName(index);
            name.putShort(Sockets.IPV6_ADDRESS + MAPPED_MARK_AT + Short.BYTES, (short) MAPPED_MARK);
            name.putInt(Sockets.IPV6_ADDRESS + MAPPED_IPV4_AT, ip);
            name.putShort(0, (short) family).putShort(Sockets.IPV6_PORT, (short) port);
            nameLength(index, Sockets.IPV6_SIZE);
        } else if (own == Sockets.AF_INET6 && family == Sockets.AF_INET && isMapped(name)) {
            int ip = name.getInt(Sockets.IPV6_ADDRESS + MAPPED_IPV4_AT);
            clearName(index);
            name.putInt(Sockets.IPV4_ADDRESS, ip);
            name.putShort(0, (short) family).putShort(Sockets.IPV4_PORT, (short) port);
            nameLength(index, Sockets.IPV4_SIZE);
        } else {
            throw new IllegalArgumentException("the address of packet " + index + " is "
                    + AddressCodec.familyName(own) + ", the socket " + AddressCodec.familyName(family));
        }
    }

    private static boolean isMapped(ByteBuffer name) {
        return name.getLong(Sockets.IPV6_ADDRESS) == 0
                && name.getShort(Sockets.IPV6_ADDRESS + MAPPED_MARK_AT) == 0
                && name.getShort(Sockets.IPV6_ADDRESS + MAPPED_MARK_AT + Short.BYTES) == (short) MAPPED_MARK;
    }

    private long send(int fd) {
        int result = Datagrams.sendmmsg(fd, headersAddress + (long) sent * Datagrams.HEADER_SIZE, count - sent);
        if (result > 0) {
            sent += result;
        }
        return SendFailure.asResult(result);
    }
}
