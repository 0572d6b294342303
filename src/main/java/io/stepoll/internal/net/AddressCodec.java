package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.sys.EscapedName;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Converts between the JDK's addresses and the kernel's. The JDK has no type for a name in the abstract namespace of
 * Unix sockets, nor for a path that is no text, so the package of the sockets adds the conversions of its own types.
 */
public abstract class AddressCodec {
    static final int IPV6_LENGTH = 16;

    private static final char UNDECODED = '\ufffd';

    /** The bytes of an abstract name, without the leading zero; null if the address is not such a name. */
    protected abstract byte[] abstractName(SocketAddress address);

    /** The address of an abstract name, which is given without the leading zero. */
    protected abstract SocketAddress ofAbstractName(byte[] name);

    /** The bytes of a path that the JDK has no address for; null if the address is not such a path. */
    protected abstract byte[] rawPath(SocketAddress address);

    /** The address of a path that the JDK has no address for. */
    protected abstract SocketAddress ofRawPath(byte[] path);

    /** The address of this end of a socket; null if the socket has none, or is closed. */
    public final SocketAddress local(Descriptor socket) {
        return LoopDescriptor.of(socket).isOpenHere("localAddress") ? of(RawAddress.local(socket.fd())) : null;
    }

    /** The address of the other end of a socket; null if there is none, or the socket is closed. */
    public final SocketAddress remote(Descriptor socket) {
        return LoopDescriptor.of(socket).isOpenHere("remoteAddress") ? of(RawAddress.peer(socket.fd())) : null;
    }

    /** The address as the library's programs take it. */
    public final String text(SocketAddress address) throws SocketException {
        return text(address, "tcp");
    }

    /** The same for a socket of another protocol, {@code udp} for instance. */
    public final String text(SocketAddress address, String protocol) throws SocketException {
        return address instanceof InetSocketAddress inet && inet.isUnresolved()
                ? protocol + ":" + inet.getHostString() + ":" + inet.getPort() : raw(address).toText(protocol);
    }

    /** The family of the sockets that have such addresses. */
    public final int family(SocketAddress address) throws SocketException {
        return raw(address).family();
    }

    /**
     * The address as the kernel has it.
     *
     * @throws SocketException if the kernel cannot have it: the address is too long, or its host name is unresolved
     */
    final RawAddress raw(SocketAddress address) throws SocketException {
        if (address instanceof InetSocketAddress inet) {
            return rawInet(inet);
        }
        byte[] path = address instanceof UnixDomainSocketAddress unix ? bytes(unix.getPath()) : rawPath(address);
        if (path != null) {
            return rawUnix(path, false);
        }
        byte[] name = abstractName(address);
        if (name != null) {
            byte[] withZero = new byte[name.length + 1];
            System.arraycopy(name, 0, withZero, 1, name.length);
            return rawUnix(withZero, true);
        }
        throw new IllegalArgumentException("no address of a socket here: "
                + Objects.requireNonNull(address, "address").getClass().getName() + " " + address);
    }

    /** The address as a socket of that family takes it. An IPv6 socket takes an IPv4 address in its mapped form. */
    final RawAddress raw(SocketAddress address, int family) throws SocketException {
        RawAddress raw = raw(address);
        if (raw.family() == family) {
            return raw;
        }
        if (raw.family() == Sockets.AF_INET && family == Sockets.AF_INET6) {
            return new RawAddress(family, mapped(raw.bytes()), raw.port(), 0);
        }
        throw new IllegalArgumentException("the address " + raw.toText("udp") + " is " + familyName(raw.family())
                + ", the socket " + familyName(family));
    }

    static RawAddress rawInet(InetSocketAddress inet) throws SocketException {
        InetAddress ip = inet.getAddress();
        if (ip == null) {
            throw new SocketException("unresolved host name: " + inet.getHostString());
        }
        return ip instanceof Inet6Address six
                ? new RawAddress(Sockets.AF_INET6, six.getAddress(), inet.getPort(), six.getScopeId())
                : new RawAddress(Sockets.AF_INET, ip.getAddress(), inet.getPort(), 0);
    }

    /**
     * The bytes of a file's path. A path that comes from a listing of its folder may have bytes that are no text; of
     * these only its URI tells.
     */
    private static byte[] bytes(Path path) {
        String text = path.toString();
        if (text.indexOf(UNDECODED) < 0) {
            return text.getBytes(EscapedName.FILE_NAMES);
        }
        String uri = path.toUri().getRawPath();
        byte[] bytes = new byte[uri.length()];
        int length = 0;
        for (int i = 0; i < uri.length(); i++) {
            boolean escaped = uri.charAt(i) == '%';
            bytes[length++] = (byte) (escaped ? HexFormat.fromHexDigits(uri, i + 1, i + 3) : uri.charAt(i));
            i += escaped ? 2 : 0;
        }
        return Arrays.copyOf(bytes, length);
    }

    private static RawAddress rawUnix(byte[] bytes, boolean isAbstract) throws SocketException {
        RawAddress raw = new RawAddress(Sockets.AF_UNIX, bytes, 0, 0);
        if (bytes.length > Sockets.UNIX_PATH_SIZE) {
            throw new SocketException("the Unix address " + raw.toText() + " is too long: " + bytes.length + " bytes"
                    + (isAbstract ? ", its leading zero included" : "") + ", where sun_path has room for "
                    + Sockets.UNIX_PATH_SIZE
                    + (isAbstract ? "" : ", or " + (Sockets.UNIX_PATH_SIZE - 1) + " and a final zero"));
        }
        if (bytes.length == 0) {
            throw new SocketException("a Unix address without a path");
        }
        return raw;
    }

    /** The address of a path, of the JDK's type if that type can have the path. */
    public final SocketAddress ofPath(byte[] path) {
        String text = new String(path, EscapedName.FILE_NAMES);
        if (Arrays.equals(path, text.getBytes(EscapedName.FILE_NAMES))) {
            try {
                return UnixDomainSocketAddress.of(text);
            } catch (IllegalArgumentException e) {
                // The program has a file system of its own, whose paths are no paths of sockets.
            }
        }
        return ofRawPath(path);
    }

    /** A path as text, see {@link EscapedName}. */
    public static String pathText(byte[] path) {
        return RawAddress.pathText(path);
    }

    /** An abstract name as text. */
    public static String nameText(byte[] name) {
        return EscapedName.of(name, StandardCharsets.UTF_8);
    }

    /** The bytes of an abstract name that is given as text. */
    public static byte[] nameBytes(String text) {
        return EscapedName.bytes(text, StandardCharsets.UTF_8);
    }

    /** The bytes of a path that is given as text. */
    public static byte[] pathBytes(String text) {
        return EscapedName.bytes(text, EscapedName.FILE_NAMES);
    }

    /** An IPv4 address as an IPv6 one; see ipv6(7). */
    static byte[] mapped(byte[] four) {
        byte[] six = new byte[IPV6_LENGTH];
        Arrays.fill(six, IPV6_LENGTH - four.length - 2, IPV6_LENGTH - four.length, (byte) 0xff);
        System.arraycopy(four, 0, six, IPV6_LENGTH - four.length, four.length);
        return six;
    }

    /** The address as the JDK has it; null for none. A Unix socket without a name has none. */
    final SocketAddress of(RawAddress raw) {
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
        return bytes[0] == 0 ? ofAbstractName(Arrays.copyOfRange(bytes, 1, bytes.length)) : ofPath(bytes);
    }

    static String familyName(int family) {
        return switch (family) {
            case Sockets.AF_UNIX -> "Unix";
            case Sockets.AF_INET -> "IPv4";
            default -> "IPv6";
        };
    }
}
