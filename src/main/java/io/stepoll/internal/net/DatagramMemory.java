package io.stepoll.internal.net;

import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The native memory of one socket for single datagrams: an address, and a copy of the bytes of a heap buffer. The bytes
 * of a direct buffer are not copied. One call uses the memory at a time, and nothing in it outlives that call.
 */
class DatagramMemory {
    /** No UDP datagram is longer. A Unix datagram may be, so its length is asked for before it is received. */
    private static final int USUAL = 1 << 16;

    private final boolean unix;
    private final ByteBuffer name = ByteBuffer.allocateDirect(Sockets.STORAGE_SIZE).order(ByteOrder.nativeOrder());
    private final long nameAddress = MemorySegment.ofBuffer(name).address();
    private ByteBuffer copy = ByteBuffer.allocate(0);
    private long copyAddress;

    DatagramMemory(int family) {
        unix = family == Sockets.AF_UNIX;
    }

    /**
     * Receives a datagram by one call. Returns the datagram's own length in the low half and the length of its sender's
     * address in the high half; or {@code -errno}.
     */
    final long receive(int fd, ByteBuffer target) {
        int room = target.remaining();
        if (target.isDirect()) {
            long result = call(fd, address(target), room);
            Reference.reachabilityFence(target);
            if (result >= 0) {
                target.position(target.position() + Math.min((int) result, room));
            }
            return result;
        }
        if (room > USUAL && unix) {
            int length = Sockets.recv(fd, 0, 0, Sockets.MSG_PEEK | Datagrams.MSG_TRUNC | Sockets.MSG_DONTWAIT);
            if (length < 0) {
                return length;
            }
            room = Math.min(room, length);
        } else {
            room = Math.min(room, USUAL);
        }
        reserve(room);
        long result = call(fd, copyAddress, room);
        if (result >= 0) {
            target.put(copy.limit(Math.min((int) result, room)));
            copy.clear();
        }
        return result;
    }

    /** Makes the system call that receives. */
    long call(int fd, long address, int room) {
        return Datagrams.recvfrom(fd, address, room, 0, nameAddress, Sockets.STORAGE_SIZE);
    }

    /** The sender of the datagram for which {@link #receive} has returned this. */
    final RawAddress sender(long received) {
        return RawAddress.read(name, (int) (received >>> Integer.SIZE));
    }

    /** Sends all that remains by one call, to the address, or to the other end if the address is null. */
    final int send(int fd, ByteBuffer source, RawAddress target) {
        int length = source.remaining();
        int nameLength = 0;
        if (target != null) {
            clearName();
            nameLength = target.write(name);
        }
        long address;
        if (source.isDirect()) {
            address = address(source);
        } else {
            reserve(length);
            copy.put(0, source, source.position(), length);
            address = copyAddress;
        }
        int result = Datagrams.sendto(fd, address, length, nameAddress, nameLength);
        Reference.reachabilityFence(source);
        if (result >= 0) {
            source.position(source.position() + result);
        }
        return result;
    }

    /** Sets all to zero: a path ends in a zero, and not all fields of an IPv6 address are written. */
    private void clearName() {
        for (int i = 0; i < Sockets.STORAGE_SIZE; i += Long.BYTES) {
            name.putLong(i, 0);
        }
    }

    private void reserve(int length) {
        if (copy.capacity() < length) {
            copy = ByteBuffer.allocateDirect(length);
            copyAddress = MemorySegment.ofBuffer(copy).address();
        }
    }

    private static long address(ByteBuffer buffer) {
        MemorySegment segment = MemorySegment.ofBuffer(buffer);
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the buffer's memory is freed: its arena is closed");
        }
        return segment.address();
    }
}
