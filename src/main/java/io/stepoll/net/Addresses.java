package io.stepoll.net;

import io.stepoll.internal.net.AddressCodec;
import io.stepoll.internal.net.DatagramSockets;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes socket addresses as text: {@code unix:@name} in the abstract namespace, {@code unix:/path},
 * {@code tcp:host:port} (an IPv6 address in brackets). The host {@code *}, or none, is the wildcard address: all
 * addresses of the machine, of IPv6 and IPv4.
 *
 * <p><b>Names of Unix sockets are any bytes</b>, and a peer chooses its own. The bytes that are characters in the
 * encoding of file names (in UTF-8 in an abstract name) are written as these characters. All other bytes are escaped as
 * <code>\xHH</code>, and so are characters that are invisible, end a line, or command a terminal. A backslash is
 * written as two. So an address can be shown and logged whoever has chosen it, and is read as it was written.
 *
 * <p>The address of a path is a {@link UnixDomainSocketAddress} if that type can have its bytes, else a
 * {@link PathAddress}.
 *
 * @since 0.1.0
 */
public final class Addresses {
    static final AddressCodec CODEC = new Codec();

    private static final String FORMS = "; an address is unix:@name, unix:/path or tcp:host:port";
    private static final int LARGEST_PORT = 0xffff;
    private static final int IPV6_LENGTH = 16;
    private static final int IPV4_LENGTH = 4;

    private Addresses() {}

    /**
     * Reads an address. Looks no host name up, so this never blocks: the address of a host name is unresolved. Those
     * methods that bind or connect a socket resolve it.
     *
     * @param text of the address
     * @return the address
     * @throws IllegalArgumentException if the text is no address, with the reason
     */
    public static SocketAddress parse(String text) {
        if (text.startsWith("unix:") && text.length() > "unix:".length()) {
            return parseUnix(text, text.substring("unix:".length()));
        }
        if (text.startsWith("tcp:")) {
            return parseInet(text, "tcp", text.substring("tcp:".length()));
        }
        throw new IllegalArgumentException("\"" + text + "\"" + FORMS);
    }

    /**
     * Reads the address of a datagram socket: {@code unix:@name}, {@code unix:/path} or {@code udp:host:port}.
     * Otherwise this is {@link #parse}.
     *
     * @param text of the address
     * @return the address
     * @throws IllegalArgumentException if the text is no such address, with the reason
     */
    public static SocketAddress parseDatagram(String text) {
        if (text.startsWith("udp:")) {
            return parseInet(text, "udp", text.substring("udp:".length()));
        }
        if (!text.startsWith("unix:")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\"; an address of datagrams is unix:@name, unix:/path or udp:host:port");
        }
        return parse(text);
    }

    private static SocketAddress parseUnix(String whole, String name) {
        try {
            return name.startsWith("@") ? AbstractAddress.of(AddressCodec.nameBytes(name.substring(1)))
                    : ofPath(AddressCodec.pathBytes(name));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + whole + "\": " + e.getMessage(), e);
        }
    }

    private static InetSocketAddress parseInet(String whole, String protocol, String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException(
                    "\"" + whole + "\" has no port; an address is " + protocol + ":host:port");
        }
        int port = port(whole, hostAndPort.substring(colon + 1));
        String host = hostAndPort.substring(0, colon);
        if (host.isEmpty() || host.equals("*")) {
            return new InetSocketAddress(wildcard(), port);
        }
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !brackets) {
            throw new IllegalArgumentException("\"" + whole + "\": an IPv6 address goes in brackets");
        }
        InetAddress ip = ip(host);
        if (ip != null && (!brackets || host.indexOf(':') >= 0)) {
            return new InetSocketAddress(ip, port);
        }
        if (brackets) {
            throw new IllegalArgumentException("\"" + whole + "\": no IPv6 address is in the brackets");
        }
        if (host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9')) { // no name: it would be looked up in vain
            throw new IllegalArgumentException("\"" + whole + "\": " + host + " is no IPv4 address");
        }
        return InetSocketAddress.createUnresolved(host, port);
    }

    private static int port(String whole, String text) {
        int port = -1;
        if (!text.isEmpty() && text.length() < Integer.toString(Integer.MAX_VALUE).length()
                && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            port = Integer.parseInt(text);
        }
        if (port < 0 || port > LARGEST_PORT) {
            throw new IllegalArgumentException(
                    "\"" + whole + "\": a port is 0 to " + LARGEST_PORT + ", not \"" + text + "\"");
        }
        return port;
    }

    /** The address that is written in numbers; null if this is none. */
    private static @Nullable InetAddress ip(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException noNumbers) {
            return null;
        }
    }

    /** The wildcard address of IPv6, which takes IPv4 along; of IPv4 where the kernel has no IPv6. */
    private static InetAddress wildcard() {
        try {
            return InetAddress.getByAddress(new byte[DatagramSockets.hasIpv6() ? IPV6_LENGTH : IPV4_LENGTH]);
        } catch (UnknownHostException e) {
            throw new AssertionError("the length is right", e);
        }
    }

    /**
     * Makes the address of a path that may be no text.
     *
     * @param path the bytes of the path
     * @return a {@link UnixDomainSocketAddress} if that type can have these bytes, else a {@link PathAddress}. A path
     *     that is too long is refused when the address is used.
     * @throws IllegalArgumentException if the path is empty or has a zero
     */
    public static SocketAddress ofPath(byte[] path) {
        for (byte next : path) {
            if (next == 0) {
                throw new IllegalArgumentException("a path has no zero: " + AddressCodec.pathText(path));
            }
        }
        if (path.length == 0) {
            throw new IllegalArgumentException("a path is not empty");
        }
        return CODEC.ofPath(path.clone());
    }

    /**
     * Writes an address as {@link #parse} reads it.
     *
     * @param address of a kind that this library has
     * @return the text
     * @throws IllegalArgumentException if the address is of another kind or too long
     */
    public static String format(SocketAddress address) {
        return format(address, "tcp");
    }

    /**
     * Writes the address of a datagram socket as {@link #parseDatagram} reads it.
     *
     * @param address of a kind that this library has
     * @return the text
     * @throws IllegalArgumentException if the address is of another kind or too long
     */
    public static String formatDatagram(SocketAddress address) {
        return format(address, "udp");
    }

    private static String format(SocketAddress address, String protocol) {
        try {
            return CODEC.text(address, protocol);
        } catch (SocketException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Adds {@link AbstractAddress} and {@link PathAddress} to the addresses that the JDK has types for. */
    private static final class Codec extends AddressCodec {
        @Override
        protected byte @Nullable [] abstractName(SocketAddress address) {
            return address instanceof AbstractAddress abstractAddress ? abstractAddress.name() : null;
        }

        @Override
        protected SocketAddress ofAbstractName(byte[] name) {
            return AbstractAddress.of(name);
        }

        @Override
        protected byte @Nullable [] rawPath(SocketAddress address) {
            return address instanceof PathAddress pathAddress ? pathAddress.path() : null;
        }

        @Override
        protected SocketAddress ofRawPath(byte[] path) {
            return new PathAddress(path);
        }
    }
}
