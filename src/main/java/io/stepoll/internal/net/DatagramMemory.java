package io.stepoll.internal.net;

import io.stepoll.internal.io.CheckedCopy;
import io.stepoll.internal.io.DirectAddress;
import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The native memory of one socket for single datagrams: an address, and a copy of the bytes of a buffer whose
 * {@link DirectAddress} the kernel may not be told. One call uses the memory at a time, and nothing in it outlives that
 * call.
 */
class DatagramMemory {
    /** No UDP datagram is longer. A Unix datagram may be, so its length is asked for before it is received. */
    private static final int USUAL = 1 << 16;

    private final boolean unix;
    private final ByteBuffer name = ByteBuffer.allocateDirect(Sockets.STORAGE_SIZE).order(ByteOrder.nativeOrder());
    private final long nameAddress = DirectAddress.ofOwn(name);
    private ByteBuffer copy = ByteBuffer.allocate(0);
    private long copyAddress;

    /* The last direct buffers. */
    private DirectAddress lastTarget;
    private DirectAddress lastSource;

    DatagramMemory(int family) {
        unix = family == Sockets.AF_UNIX;
    }

    /**
     * Receives a datagram by one call.
     *
     * @param remaining what {@link Remaining remained} in the target at the begin
     * @return the datagram's own length in the low half and the length of its sender's address in the high half; or
     *     {@code -errno}
     */
    final long receive(int fd, ByteBuffer target, long remaining) {
        int room = Remaining.length(remaining);
        if (target.isDirect()) {
            lastTarget = DirectAddress.of(target, lastTarget);
            long address = lastTarget.at(remaining);
            if (address != DirectAddress.NONE) {
                long result = call(fd, address, room);
                Reference.reachabilityFence(target);
                if (result >= 0) {
                    Remaining.advance(target, remaining, Math.min((int) result, room));
                }
                return result;
            }
        }
        return copied(fd, target, remaining);
    }

    private long copied(int fd, ByteBuffer target, long remaining) {
        int fault = CheckedCopy.probe(target, remaining);
        if (fault < 0) {
            return fault;
        }
        int room = Remaining.length(remaining);
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
            int count = Math.min((int) result, room);
            fault = CheckedCopy.into(target, remaining, count, copy, 0);
            if (fault < 0) {
                return fault;
            }
            Remaining.advance(target, remaining, count);
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

    /**
     * Sends a datagram by one call.
     *
     * @param remaining what {@link Remaining remained} in the source at the begin, all of which goes
     * @param target where to; null for the other end
     */
    final int send(int fd, ByteBuffer source, long remaining, RawAddress target) {
        int length = Remaining.length(remaining);
        int nameLength = 0;
        if (target != null) {
            clearName();
            nameLength = target.write(name);
        }
        long address = DirectAddress.NONE;
        if (source.isDirect()) {
            lastSource = DirectAddress.of(source, lastSource);
            address = lastSource.at(remaining);
        }
        if (address == DirectAddress.NONE) {
            reserve(length);
            int fault = CheckedCopy.from(source, remaining, length, copy, 0);
            if (fault < 0) {
                return fault;
            }
            address = copyAddress;
        }
        int result = Datagrams.sendto(fd, address, length, nameAddress, nameLength);
        Reference.reachabilityFence(source);
        if (result >= 0) {
            Remaining.advance(source, remaining, result);
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
            copyAddress = DirectAddress.ofOwn(copy);
        }
    }
}
