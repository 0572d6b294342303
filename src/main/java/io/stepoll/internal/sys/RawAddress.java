package io.stepoll.internal.sys;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A socket address as the kernel has it, with the conversion from and to its struct; see unix(7), ip(7), ipv6(7).
 *
 * @param family AF_UNIX, AF_INET or AF_INET6
 * @param bytes the IP address; or the path of a Unix socket: with a leading zero for an abstract name, empty for no
 *     name
 * @param port of an IP address
 * @param scope of an IPv6 address, 0 for none
 */
public record RawAddress(int family, byte[] bytes, int port, int scope) {
    private static final int IPV4_LENGTH = 4;
    private static final int IPV6_LENGTH = 16;

    /** Writes the struct into memory of {@link Sockets#STORAGE_SIZE} zero bytes. Returns its length. */
    public int write(Scratch memory) {
        return write(memory.buffer());
    }

    /** Does the same with a buffer of zero bytes in native byte order. */
    public int write(ByteBuffer struct) {
        struct.putShort(0, (short) family);
        switch (family) {
            case Sockets.AF_UNIX -> {
                struct.put(Sockets.UNIX_PATH, bytes);
                boolean path = bytes.length > 0 && bytes[0] != 0;
                // A path ends in a zero if there is room for one.
                return Sockets.UNIX_PATH + bytes.length + (path && bytes.length < Sockets.UNIX_PATH_SIZE ? 1 : 0);
            }
            case Sockets.AF_INET -> {
                struct.put(Sockets.IPV4_ADDRESS, bytes);
                putPort(struct, Sockets.IPV4_PORT);
                return Sockets.IPV4_SIZE;
            }
            case Sockets.AF_INET6 -> {
                struct.put(Sockets.IPV6_ADDRESS, bytes);
                putPort(struct, Sockets.IPV6_PORT);
                struct.putInt(Sockets.IPV6_SCOPE, scope);
                return Sockets.IPV6_SIZE;
            }
            default -> throw new IllegalArgumentException("address family " + family);
        }
    }

    private void putPort(ByteBuffer struct, int offset) {
        struct.order(ByteOrder.BIG_ENDIAN).putShort(offset, (short) port).order(ByteOrder.nativeOrder());
    }

    /** Reads a struct of that length. Returns null for any other family. */
    private static RawAddress read(Scratch memory, int length) {
        return read(memory.buffer(), length);
    }

    /** Reads a struct of that length from a buffer in native byte order. Returns null for any other family. */
    public static RawAddress read(ByteBuffer struct, int length) {
        int family = length < Short.BYTES ? Sockets.AF_UNIX : struct.getShort(0);
        return switch (family) {
            case Sockets.AF_UNIX -> new RawAddress(family, unixBytes(struct, length), 0, 0);
            case Sockets.AF_INET -> new RawAddress(family, get(struct, Sockets.IPV4_ADDRESS, IPV4_LENGTH),
                    getPort(struct, Sockets.IPV4_PORT), 0);
            case Sockets.AF_INET6 -> new RawAddress(family, get(struct, Sockets.IPV6_ADDRESS, IPV6_LENGTH),
                    getPort(struct, Sockets.IPV6_PORT), struct.getInt(Sockets.IPV6_SCOPE));
            default -> null;
        };
    }

    /** Only the length ends an abstract name, which may have zeros. A path ends at its first zero. */
    private static byte[] unixBytes(ByteBuffer struct, int length) {
        int end = Math.min(length, Sockets.UNIX_SIZE);
        if (end <= Sockets.UNIX_PATH) {
            return new byte[0];
        }
        byte[] bytes = get(struct, Sockets.UNIX_PATH, end - Sockets.UNIX_PATH);
        if (bytes[0] == 0) {
            return bytes;
        }
        int zero = 0;
        while (zero < bytes.length && bytes[zero] != 0) {
            zero++;
        }
        return Arrays.copyOf(bytes, zero);
    }

    private static byte[] get(ByteBuffer struct, int offset, int length) {
        byte[] bytes = new byte[length];
        struct.get(offset, bytes);
        return bytes;
    }

    private static int getPort(ByteBuffer struct, int offset) {
        int port = Short.toUnsignedInt(struct.order(ByteOrder.BIG_ENDIAN).getShort(offset));
        struct.order(ByteOrder.nativeOrder());
        return port;
    }

    /** The address of this end of a socket, or null. */
    public static RawAddress local(int fd) {
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            int length = Sockets.localAddress(fd, memory.address(), Sockets.STORAGE_SIZE);
            return length < 0 ? null : read(memory, length);
        }
    }

    /** The address of the other end of a socket, or null. */
    public static RawAddress peer(int fd) {
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            int length = Sockets.peerAddress(fd, memory.address(), Sockets.STORAGE_SIZE);
            return length < 0 ? null : read(memory, length);
        }
    }

    /** The IP address as an object of the JDK. */
    public InetAddress inetAddress() {
        try {
            return scope == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scope);
        } catch (UnknownHostException e) {
            throw new AssertionError("the length is fixed", e);
        }
    }

    /**
     * The text that the library's programs accept: {@code unix:/path}, {@code unix:@name}, {@code tcp:host:port}.
     * Names are escaped, see {@link EscapedName}.
     */
    public String toText() {
        return toText("tcp");
    }

    /** The same for a socket of another protocol, {@code udp} for instance. */
    public String toText(String protocol) {
        if (family != Sockets.AF_UNIX) {
            InetAddress ip = inetAddress(); // an IPv4 address that is mapped to IPv6 comes as IPv4
            String host = ip.getHostAddress();
            return protocol + ":" + (ip instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port;
        }
        if (bytes.length == 0) {
            return "unix:";
        }
        return "unix:" + (bytes[0] == 0
                ? "@" + EscapedName.of(Arrays.copyOfRange(bytes, 1, bytes.length), StandardCharsets.UTF_8)
                : pathText(bytes));
    }

    /** A path as text. A first {@code @} is escaped, as an abstract name begins with it. */
    public static String pathText(byte[] path) {
        String text = EscapedName.of(path, EscapedName.FILE_NAMES);
        return text.startsWith("@") ? "\\x40" + text.substring(1) : text;
    }
}
