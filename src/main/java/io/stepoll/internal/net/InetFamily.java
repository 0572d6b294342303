package io.stepoll.internal.net;

import io.stepoll.internal.io.RoamingSocket;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The family of the sockets of {@code java.net}: IPv6, which serves IPv4 as well, as in the JDK. IPv4 if the machine
 * has no IPv6, or the property {@code java.net.preferIPv4Stack} asks for that.
 */
final class InetFamily {
    static final int NUMBER = has6() ? Sockets.AF_INET6 : Sockets.AF_INET;

    private static final byte[] ANY_6 = new byte[AddressCodec.IPV6_LENGTH];

    private InetFamily() {}

    private static boolean has6() {
        if (Boolean.getBoolean("java.net.preferIPv4Stack")) {
            return false;
        }
        int fd = Sockets.socket(Sockets.AF_INET6, Sockets.SOCK_STREAM);
        if (fd < 0) {
            return false;
        }
        Descriptors.close(fd);
        return Files.exists(Path.of("/proc/net/if_inet6"));
    }

    /** The address as a socket of the family takes it: 0.0.0.0 is every address of both families. */
    static RawAddress raw(InetAddress host, int port) throws IOException {
        RawAddress raw = AddressCodec.rawInet(new InetSocketAddress(host, port));
        if (raw.family() == NUMBER) {
            return raw;
        }
        if (NUMBER == Sockets.AF_INET) {
            throw JavaFailures.noIpv6();
        }
        return new RawAddress(NUMBER, host.isAnyLocalAddress() ? ANY_6 : AddressCodec.mapped(raw.bytes()), port, 0);
    }

    /** The port that a socket is bound to. */
    static int localPort(RoamingSocket socket) throws IOException {
        return JavaFailures.use(socket, fd -> RawAddress.local(fd).port());
    }
}
