package io.stepoll.net;

import io.stepoll.internal.net.AddressCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;

/**
 * Reads and writes socket addresses as text: {@code unix:@name} in the abstract namespace, {@code unix:/path},
 * {@code tcp:host:port} (an IPv6 address in brackets).
 */
public final class Addresses {
    static final AddressCodec CODEC = new Codec();

    private static final String FORMS = "; an address is unix:@name, unix:/path or tcp:host:port";
    private static final int LARGEST_PORT = 0xffff;

    private Addresses() {}

    /**
     * Reads an address. A host name is looked up, which blocks the thread: do not call this on the loop's thread then.
     *
     * @param text of the address
     * @return the address
     * @throws IllegalArgumentException if the text is no address, with the reason
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
     * Reads the address of a datagram socket: {@code unix:@name}, {@code unix:/path} or {@code udp:host:port}.
     * Otherwise this is {@link #parse}.
     *
     * @param text of the address
     * @return the address
     * @throws IllegalArgumentException if the text is no such address, with the reason
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
     * Writes an address as {@link #parse} reads it.
     *
     * @param address of a kind that this library has
     * @return the text
     * @throws IllegalArgumentException if the address is of another kind, too long or unresolved
     */
    public static String format(SocketAddress address) {
        try {
            return CODEC.text(address);
        } catch (SocketException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Adds {@link AbstractAddress} to the addresses that the JDK has types for. */
    private static final class Codec extends AddressCodec {
        @Override
        protected byte[] abstractName(SocketAddress address) {
            return address instanceof AbstractAddress abstractAddress ? abstractAddress.name() : null;
        }

        @Override
        protected SocketAddress ofAbstractName(byte[] name) {
            return AbstractAddress.of(name);
        }
    }
}
