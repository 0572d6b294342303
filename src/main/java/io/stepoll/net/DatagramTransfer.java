package io.stepoll.net;

import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One endpoint's native memory for single datagrams: an address, and the bytes of heap buffers; those of direct ones
 * are not copied. One call uses it at a time, and nothing in it outlives that call.
 */
class DatagramTransfer {
    /** No UDP datagram is longer. A Unix one may be: how long is asked before it is received. */
    private static final int USUAL = 1 << 16;

    private final boolean unix;
    private final ByteBuffer name = ByteBuffer.allocateDirect(Sockets.STORAGE_SIZE).order(ByteOrder.nativeOrder());
    private final long nameAddress = MemorySegment.ofBuffer(name).address();
    private ByteBuffer copy = ByteBuffer.allocate(0);
    private long copyAddress;

    DatagramTransfer(int family) {
        unix = family == Sockets.AF_UNIX;
    }

    /** One call: the datagram's own length in the low half, the sender's in the high half; or {@code -errno}. */
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

    /** The system call that receives. */
    long call(int fd, long address, int room) {
        return Datagrams.recvfrom(fd, address, room, 0, nameAddress, Sockets.STORAGE_SIZE);
    }

    /** Who sent what {@link #receive} returned this for; null for an unnamed Unix socket. */
    final RawAddress sender(long received) {
        return RawAddress.read(name, (int) (received >>> Integer.SIZE));
    }

    /** One call, with all that remains in the buffer, to the address, or the peer if it is null. */
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

    /** A path ends in a zero, and IPv6 has fields that are not written. */
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
