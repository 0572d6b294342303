package io.stepoll.net;

import io.stepoll.internal.net.BatchMemory;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that one system call receives or sends: recvmmsg(2), sendmmsg(2). All memory is laid out once, outside of
 * the heap, so a batch that is used again and again allocates nothing.
 *
 * <p>Each packet has its data and <b>one address: that of its sender when it was received, and where it goes when it is
 * sent</b>. So a batch that was received and is sent goes back to its senders. To answer with other packets, take a
 * second batch and {@link #replyTo}.
 *
 * <p>A batch belongs to a loop's thread, and serves one call at a time.
 *
 * @since 0.1.0
 */
public final class DatagramBatch {
    final BatchMemory memory;

    /**
     * Lays a batch out.
     *
     * @param capacity how many packets there is room for, 1 to 1024
     * @param maxBytes how many bytes each packet has room for, at least 1; a UDP datagram has at most 65527
     * @throws IllegalArgumentException if one of them is out of its range, or both together are 2 GiB or more
     */
    public DatagramBatch(int capacity, int maxBytes) {
        memory = new BatchMemory(capacity, maxBytes);
    }

    /** {@return how many packets there is room for} */
    public int capacity() {
        return memory.capacity();
    }

    /** {@return how many bytes each packet has room for} */
    public int maxBytes() {
        return memory.maxBytes();
    }

    /** {@return how many packets there are: received, or added to be sent} */
    public int count() {
        return memory.count();
    }

    /**
     * Returns how many packets the last {@link DatagramEndpoint#sendBatch(DatagramBatch)} has sent, also if an
     * exception ended it. The packet of this index is then the first that was not sent.
     *
     * @return the index after the last packet that was sent
     */
    public int sent() {
        return memory.sent();
    }

    /** Removes all packets. */
    public void clear() {
        memory.clear();
    }

    /**
     * Adds a packet without an address and with room for data. Put the data into {@link #data}, and flip that.
     *
     * @return the index of the packet
     * @throws IllegalStateException if there is no room for a further packet
     */
    public int add() {
        return memory.add();
    }

    /**
     * Adds a packet that goes to the sender of another packet. Otherwise as {@link #add}.
     *
     * @param received the batch of the other packet
     * @param index the index of the other packet there
     * @return the index of the packet added
     */
    public int replyTo(DatagramBatch received, int index) {
        return memory.replyTo(received.memory, index);
    }

    /**
     * Returns the data of a packet. Received data lies between position 0 and the limit. What remains is sent.
     *
     * @param index of the packet
     * @return always the same buffer, over the batch's own memory
     */
    public ByteBuffer data(int index) {
        return memory.data(index);
    }

    /**
     * Returns the length of a received packet as it was sent: more than {@link #data} has if it was truncated.
     *
     * @param index of the packet
     * @return its length in bytes
     */
    public int length(int index) {
        return memory.length(index);
    }

    /**
     * Returns whether a received packet was longer than there was room for, so that its end is lost.
     *
     * @param index of the packet
     * @return whether it was
     */
    public boolean isTruncated(int index) {
        return length(index) > maxBytes();
    }

    /**
     * Returns the address of a packet. This makes an object; {@link #rawAddress} does not.
     *
     * @param index of the packet
     * @return the address; null for none: a Unix socket without a name has none
     */
    public @Nullable SocketAddress address(int index) {
        return memory.address(index, Addresses.CODEC);
    }

    /**
     * Returns the address of a packet as the kernel has it, a {@code struct sockaddr}: as a key, for instance.
     *
     * @param index of the packet
     * @return its bytes, read-only and in native order, from 0 to the limit, which is 0 for no address. This is always
     *     the same buffer, over the batch's own memory.
     */
    public ByteBuffer rawAddress(int index) {
        return memory.rawAddress(index);
    }

    /**
     * Sets where a packet goes.
     *
     * @param index of the packet
     * @param address where to; null for the other end of a connected endpoint
     * @throws SocketException if the address is too long or unresolved
     */
    public void address(int index, @Nullable SocketAddress address) throws SocketException {
        memory.address(index, Addresses.CODEC, address);
    }

    @Override
    public String toString() {
        return "DatagramBatch[" + count() + " of " + capacity() + " packets of " + maxBytes() + " bytes]";
    }
}
