package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Converts between the JDK's addresses and the kernel's. The JDK has no type for a name in the abstract namespace of
 * Unix sockets, so the package of the sockets adds the conversion of its own type.
 */
public abstract class AddressCodec {
    static final int IPV6_LENGTH = 16;

    /** The bytes of an abstract name, without the leading zero; null if the address is not such a name. */
    protected abstract byte[] abstractName(SocketAddress address);

    /** The address of an abstract name, which is given without the leading zero. */
    protected abstract SocketAddress ofAbstractName(byte[] name);

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
        return raw(address).toText();
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
        if (address instanceof UnixDomainSocketAddress path) {
            return rawUnix(address, path.getPath().toString().getBytes(StandardCharsets.UTF_8), false);
        }
        byte[] name = abstractName(address);
        if (name != null) {
            byte[] withZero = new byte[name.length + 1];
            System.arraycopy(name, 0, withZero, 1, name.length);
            return rawUnix(address, withZero, true);
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
        throw new IllegalArgumentException(
                "the address " + address + " is " + familyName(raw.family()) + ", the socket " + familyName(family));
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

    private static RawAddress rawUnix(SocketAddress address, byte[] bytes, boolean isAbstract) throws SocketException {
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

    /** An IPv4 address as an IPv6 one; see ipv6(7). */
    private static byte[] mapped(byte[] four) {
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
        return bytes[0] == 0 ? ofAbstractName(Arrays.copyOfRange(bytes, 1, bytes.length))
                : UnixDomainSocketAddress.of(new String(bytes, StandardCharsets.UTF_8));
    }

    static String familyName(int family) {
        return switch (family) {
            case Sockets.AF_UNIX -> "Unix";
            case Sockets.AF_INET -> "IPv4";
            default -> "IPv6";
        };
    }
}
