package io.stepoll.internal.net;

import io.stepoll.internal.sys.Options;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * How the value of an option lies in memory.
 *
 * @param capacity how many bytes the value takes at most
 * @param reader reads what the kernel has stored
 * @param writer writes a value for the kernel; null if the option can only be read
 * @param <T> the type of the value
 */
public record OptionCodec<T>(int capacity, Reader<T> reader, Writer<T> writer) {
    private static final int INET4_LENGTH = 4;

    /** Reads a value. */
    @FunctionalInterface
    public interface Reader<T> {
        /**
         * Reads what the kernel has stored.
         *
         * @param struct all of the memory
         * @param length how many of its bytes the kernel has stored
         */
        T read(ByteBuffer struct, int length) throws IOException;
    }

    /** Writes a value. */
    @FunctionalInterface
    public interface Writer<T> {
        /**
         * Writes a value into memory that is zero.
         *
         * @return how many bytes the value takes
         * @throws IllegalArgumentException if the option cannot have the value, with the reason
         */
        int write(ByteBuffer struct, T value);
    }

    boolean isWritable() {
        return writer != null;
    }

    /** An option that the kernel alone sets. */
    static <T> OptionCodec<T> readOnly(int capacity, Reader<T> reader) {
        return new OptionCodec<>(capacity, reader, null);
    }

    /** An int from the first to the last, in the unit of the option. */
    static OptionCodec<Integer> integer(int first, int last) {
        return new OptionCodec<>(Integer.BYTES, (struct, length) -> struct.getInt(0), (struct, value) -> {
            if (value < first || value > last) {
                throw new IllegalArgumentException(value + " is out of range: " + first + " to " + last);
            }
            struct.putInt(0, value);
            return Integer.BYTES;
        });
    }

    /** An int that the kernel alone sets. */
    static OptionCodec<Integer> readOnlyInteger() {
        return readOnly(Integer.BYTES, (struct, length) -> struct.getInt(0));
    }

    /** On or off. */
    static OptionCodec<Boolean> flag() {
        return new OptionCodec<>(Integer.BYTES, (struct, length) -> struct.getInt(0) != 0, (struct, value) -> {
            struct.putInt(0, value ? 1 : 0);
            return Integer.BYTES;
        });
    }

    /** Path MTU discovery. The JDK's option knows two of its settings: always and never. */
    static OptionCodec<Boolean> dontFragment() {
        return new OptionCodec<>(Integer.BYTES, (struct, length) -> struct.getInt(0) == Options.IP_PMTUDISC_DO,
                (struct, value) -> {
                    struct.putInt(0, value ? Options.IP_PMTUDISC_DO : 0);
                    return Integer.BYTES;
                });
    }

    /** A network interface by its index; null for none. */
    static OptionCodec<NetworkInterface> interfaceIndex() {
        return new OptionCodec<>(Integer.BYTES, (struct, length) -> {
            int index = struct.getInt(0);
            return index == 0 ? null : NetworkInterface.getByIndex(index);
        }, (struct, value) -> {
            struct.putInt(0, value.getIndex());
            return Integer.BYTES;
        });
    }

    /**
     * A network interface for IPv4. The kernel takes the index of the interface, but returns only the address that was
     * given with the index.
     */
    static OptionCodec<NetworkInterface> interfaceAddress() {
        return new OptionCodec<>(Options.MULTICAST_SIZE, (struct, length) -> {
            byte[] address = new byte[INET4_LENGTH];
            struct.get(0, address);
            InetAddress ip = InetAddress.getByAddress(address);
            return ip.isAnyLocalAddress() ? null : NetworkInterface.getByInetAddress(ip);
        }, (struct, card) -> {
            card.inetAddresses().filter(Inet4Address.class::isInstance).findFirst()
                    .ifPresent(first -> struct.put(Options.MULTICAST_ADDRESS, first.getAddress()));
            struct.putInt(Options.MULTICAST_INDEX, card.getIndex());
            return Options.MULTICAST_SIZE;
        });
    }

    /** How many seconds a close waits for the delivery of what was sent; -1 for not at all, as in the JDK. */
    static OptionCodec<Integer> linger() {
        return new OptionCodec<>(Options.LINGER_SIZE,
                (struct, length) -> struct.getInt(Options.LINGER_ON) == 0 ? -1 : struct.getInt(Options.LINGER_SECONDS),
                (struct, seconds) -> {
                    struct.putInt(Options.LINGER_ON, seconds < 0 ? 0 : 1);
                    struct.putInt(Options.LINGER_SECONDS, Math.max(seconds, 0));
                    return Options.LINGER_SIZE;
                });
    }

    /**
     * A name that ends in a zero.
     *
     * @param capacity how many bytes the name has at most, the zero included
     * @param mayBeEmpty whether the empty name is a value
     */
    static OptionCodec<String> text(int capacity, boolean mayBeEmpty) {
        return new OptionCodec<>(capacity, OptionCodec::readText,
                (struct, value) -> writeText(struct, value, capacity, mayBeEmpty));
    }

    private static String readText(ByteBuffer struct, int length) {
        int end = 0;
        while (end < length && struct.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end];
        struct.get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int writeText(ByteBuffer struct, String value, int capacity, boolean mayBeEmpty) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= capacity) {
            throw new IllegalArgumentException(
                    "\"" + value + "\" is too long: " + bytes.length + " bytes, of " + (capacity - 1));
        }
        if (bytes.length == 0 && !mayBeEmpty) {
            throw new IllegalArgumentException("it is empty");
        }
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("there is a zero in it");
        }
        struct.put(0, bytes);
        return bytes.length + 1;
    }
}
