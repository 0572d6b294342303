package io.stepoll.net;

import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Socket addresses as text: {@code unix:@name} in the abstract namespace, {@code unix:/path}, {@code tcp:host:port}
 * (an IPv6 address in brackets).
 */
public final class Addresses {
    private static final String FORMS = "; an address is unix:@name, unix:/path or tcp:host:port";
    private static final int LARGEST_PORT = 0xffff;
    static final int IPV6_LENGTH = 16;

    private Addresses() {}

    /**
     * Reads an address. A host name is looked up, which may take its time: not for the loop's thread.
     *
     * @param text the address
     * @return the address
     * @throws IllegalArgumentException if it is no address, with what was wrong
     */
    public static SocketAddress parse(String text) {
        if (text.startsWith("unix:@")) {
            return AbstractAddress.of(text.substring("unix:@".length()));
        }
        if (text.startsWith("unix:") && text.length() > "unix:".length()) {
            return UnixDomainSocketAddress.of(text.substring("unix:".length()));
        }
        if (text.startsWith("tcp:")) {
            return parseInet(text, text.substring("tcp:".length()));
        }
        throw new IllegalArgumentException("\"" + text + "\"" + FORMS);
    }

    /**
     * Reads the address of a datagram socket: {@code unix:@name}, {@code unix:/path} or {@code udp:host:port}; else as
     * {@link #parse}.
     *
     * @param text the address
     * @return the address
     * @throws IllegalArgumentException if it is no such address, with what was wrong
     */
    public static SocketAddress parseDatagram(String text) {
        if (text.startsWith("udp:")) {
            return parseInet(text, text.substring("udp:".length()));
        }
        if (!text.startsWith("unix:")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\"; an address of datagrams is unix:@name, unix:/path or udp:host:port");
        }
        return parse(text);
    }

    private static InetSocketAddress parseInet(String whole, String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("\"" + whole + "\" has no port" + FORMS);
        }
        int port;
        try {
            port = Integer.parseInt(hostAndPort.substring(colon + 1));
        } catch (NumberFormatException e) {
            port = -1;
        }
        if (port < 0 || port > LARGEST_PORT) {
            throw new IllegalArgumentException(
                    "\"" + whole + "\": a port is 0 to " + LARGEST_PORT + ", not " + hostAndPort.substring(colon + 1));
        }
        String host = hostAndPort.substring(0, colon);
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !brackets) {
            throw new IllegalArgumentException("\"" + whole + "\": an IPv6 address goes in brackets" + FORMS);
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("\"" + whole + "\": unknown host " + host, e);
        }
    }

    /**
     * Writes an address, so that {@link #parse} reads it.
     *
     * @param address of a kind that this library has
     * @return the text
     * @throws IllegalArgumentException if it is of another kind, or unresolved
     */
    public static String format(SocketAddress address) {
        try {
            return raw(address).toText();
        } catch (SocketException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** As the kernel has it; an exception where it cannot be, because it is too long for instance. */
    static RawAddress raw(SocketAddress address) throws SocketException {
        if (address instanceof InetSocketAddress inet) {
            return raw(inet);
        }
        if (address instanceof AbstractAddress name) {
            byte[] bytes = name.name();
            byte[] withZero = new byte[bytes.length + 1];
            System.arraycopy(bytes, 0, withZero, 1, bytes.length);
            return unix(address, withZero, true);
        }
        if (address instanceof UnixDomainSocketAddress path) {
            return unix(address, path.getPath().toString().getBytes(StandardCharsets.UTF_8), false);
        }
        throw new IllegalArgumentException("no address of a socket here: "
                + Objects.requireNonNull(address, "address").getClass().getName() + " " + address);
    }

    /** As a socket of that family takes it: an IPv4 address goes to an IPv6 socket in its mapped form. */
    static RawAddress raw(SocketAddress address, int family) throws SocketException {
        RawAddress raw = raw(address);
        if (raw.family() == family) {
            return raw;
        }
        if (raw.family() == Sockets.AF_INET && family == Sockets.AF_INET6) {
            return new RawAddress(family, mapped(raw.bytes()), raw.port(), 0);
        }
        throw new IllegalArgumentException(
                "the address " + address + " is " + familyName(raw.family()) + ", the socket " + familyName(family));
    }

    /** An IPv4 address as an IPv6 one; see ipv6(7). */
    private static byte[] mapped(byte[] four) {
        byte[] six = new byte[IPV6_LENGTH];
        Arrays.fill(six, IPV6_LENGTH - four.length - 2, IPV6_LENGTH - four.length, (byte) 0xff);
        System.arraycopy(four, 0, six, IPV6_LENGTH - four.length, four.length);
        return six;
    }

    static String familyName(int family) {
        return switch (family) {
            case Sockets.AF_UNIX -> "Unix";
            case Sockets.AF_INET -> "IPv4";
            default -> "IPv6";
        };
    }

    private static RawAddress raw(InetSocketAddress inet) throws SocketException {
        InetAddress ip = inet.getAddress();
        if (ip == null) {
            throw new SocketException("unresolved host name: " + inet.getHostString());
        }
        return ip instanceof Inet6Address six
                ? new RawAddress(Sockets.AF_INET6, six.getAddress(), inet.getPort(), six.getScopeId())
                : new RawAddress(Sockets.AF_INET, ip.getAddress(), inet.getPort(), 0);
    }

    private static RawAddress unix(SocketAddress address, byte[] bytes, boolean isAbstract) throws SocketException {
        int capacity = RawAddress.unixCapacity(isAbstract);
        if (bytes.length > capacity) {
            throw new SocketException("the Unix address " + address + " is too long: " + bytes.length + " bytes"
                    + (isAbstract ? ", its leading zero included" : "") + ", where sun_path has room for " + capacity);
        }
        if (!isAbstract && bytes.length == 0) {
            throw new SocketException("a Unix address without a path");
        }
        return new RawAddress(Sockets.AF_UNIX, bytes, 0, 0);
    }

    /** As the JDK has it; null for none, that of an unnamed Unix socket included. */
    static SocketAddress of(RawAddress raw) {
        if (raw == null) {
            return null;
        }
        if (raw.family() != Sockets.AF_UNIX) {
            return new InetSocketAddress(raw.inetAddress(), raw.port());
        }
        byte[] bytes = raw.bytes();
        if (bytes.length == 0) {
            return null;
        }
        return bytes[0] == 0 ? AbstractAddress.of(Arrays.copyOfRange(bytes, 1, bytes.length))
                : UnixDomainSocketAddress.of(new String(bytes, StandardCharsets.UTF_8));
    }

    /** bind(2): 0, or {@code -errno}. */
    static int bind(int fd, RawAddress address) {
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            return Sockets.bind(fd, memory.address(), address.write(memory));
        }
    }

    /** connect(2): 0, or {@code -errno}. */
    static int connect(int fd, RawAddress address) {
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            return Sockets.connect(fd, memory.address(), address.write(memory));
        }
    }
}
