package io.stepoll.net;

import io.stepoll.Attempt;
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
 * Datagrams that one system call receives or sends: recvmmsg(2), sendmmsg(2). All memory is laid out once, outside of
 * the heap, so that a batch that is used again and again allocates nothing.
 *
 * <p>Each packet has its data and <b>one address: that of its sender when it was received, and where it goes when it is
 * sent</b>. So a batch that was received and is sent goes back to whence it came. To answer with other packets, take a
 * second batch and {@link #replyTo}.
 *
 * <p>A batch belongs to a loop's thread, and serves one call at a time.
 */
public final class DatagramBatch {
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

    final Attempt receiving = this::receive;
    final Attempt sending = this::send;

    private int count;
    private int sent;
    private boolean busy;

    /**
     * Lays a batch out.
     *
     * @param capacity how many packets it has room for, 1 to 1024
     * @param maxBytes how many bytes each has room for, at least 1; a UDP datagram has at most 65527
     * @throws IllegalArgumentException if one of them is out of its range, or both together are 2 GiB or more
     */
    public DatagramBatch(int capacity, int maxBytes) {
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

    /**
     * How many packets it has room for.
     *
     * @return the capacity
     */
    public int capacity() {
        return capacity;
    }

    /**
     * How many bytes each packet has room for.
     *
     * @return the bytes
     */
    public int maxBytes() {
        return maxBytes;
    }

    /**
     * How many packets there are: received, or added to be sent.
     *
     * @return the count
     */
    public int count() {
        return count;
    }

    /**
     * How far the last {@link DatagramEndpoint#sendBatch(DatagramBatch)} has come, also if an exception ended it: then
     * the packet of this index is the one that was not sent.
     *
     * @return the count of packets before that
     */
    public int sent() {
        return sent;
    }

    /** From now on there are no packets. */
    public void clear() {
        checkIdle();
        count = 0;
        sent = 0;
    }

    /**
     * Adds a packet without an address and with room for data: put it into {@link #data}, and flip that.
     *
     * @return its index
     * @throws IllegalStateException if there is no room for a further one
     */
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

    /**
     * Adds a packet that goes to the sender of another one; else as {@link #add}.
     *
     * @param received the batch that has it
     * @param index its index there
     * @return the index of the packet added
     */
    public int replyTo(DatagramBatch received, int index) {
        int nameLength = received.namesForReading[received.check(index)].limit();
        int added = add();
        names[added].put(0, received.names[index], 0, nameLength);
        nameLength(added, nameLength);
        return added;
    }

    /**
     * The data of a packet. What is received lies between position 0 and the limit; what is sent is what remains. It is
     * always the same buffer, over the batch's own memory.
     *
     * @param index of the packet
     * @return its data
     */
    public ByteBuffer data(int index) {
        return data[check(index)];
    }

    /**
     * The length of a packet that was received, as it was sent: more than {@link #data} has if it was truncated.
     *
     * @param index of the packet
     * @return its length in bytes
     */
    public int length(int index) {
        return headers.getInt(check(index) * Datagrams.HEADER_SIZE + Datagrams.HEADER_LENGTH);
    }

    /**
     * Whether a packet that was received was longer than there was room for, so that its end is lost.
     *
     * @param index of the packet
     * @return whether it was
     */
    public boolean isTruncated(int index) {
        return length(index) > maxBytes;
    }

    /**
     * The address of a packet. This makes an object; {@link #rawAddress} does not.
     *
     * @param index of the packet
     * @return the address; null for none, that of an unnamed Unix socket included
     */
    public SocketAddress address(int index) {
        return Addresses.of(raw(check(index)));
    }

    /** The same as the kernel has it. */
    RawAddress raw(int index) {
        int length = namesForReading[index].limit();
        return length == 0 ? null : RawAddress.read(names[index], length);
    }

    /**
     * The address of a packet as the kernel has it, a {@code struct sockaddr}: as a key, for instance.
     *
     * @param index of the packet
     * @return its bytes, read-only and in native order, from 0 to the limit, which is 0 for no address. It is always
     *     the same buffer, over the batch's own memory.
     */
    public ByteBuffer rawAddress(int index) {
        return namesForReading[check(index)];
    }

    /**
     * Sets where a packet goes.
     *
     * @param index of the packet
     * @param address where to; null for the peer of a connected endpoint
     * @throws SocketException if the address is too long or unresolved
     */
    public void address(int index, SocketAddress address) throws SocketException {
        check(index);
        checkIdle();
        if (address == null) {
            nameLength(index, 0);
            return;
        }
        RawAddress raw = Addresses.raw(address);
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

    /** While a call waits with this batch, nobody else is to change it. */
    private void checkIdle() {
        if (busy) {
            throw new IllegalStateException("the batch is in use: a task receives or sends with it");
        }
    }

    /** For the length of a call. */
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
                nameLength(i, headers.getInt(header + Datagrams.HEADER_NAME_LENGTH));
            }
        }
        return received;
    }

    private void piece(int index, int from, int length) {
        int piece = index * Datagrams.PIECE_SIZE;
        pieces.putLong(piece + Datagrams.PIECE_BASE, dataAddress + (long) index * stride + from);
        pieces.putLong(piece + Datagrams.PIECE_LENGTH, length);
    }

    /** Before the first attempt to send: the packets as they are now, in the form that the family's sockets take. */
    void prepare(int family, int from) {
        sent = from;
        for (int i = from; i < count; i++) {
            piece(i, data[i].position(), data[i].remaining());
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
            throw new IllegalArgumentException("the address of packet " + index + " is " + Addresses.familyName(own)
                    + ", the socket " + Addresses.familyName(family));
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
        return DatagramCalls.failureAsResult(result);
    }

    @Override
    public String toString() {
        return "DatagramBatch[" + count + " of " + capacity + " packets of " + maxBytes + " bytes]";
    }
}
