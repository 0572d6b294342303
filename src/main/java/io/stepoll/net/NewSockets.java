package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketOption;
import java.util.Map;

/** How sockets of our own making come to a loop: they are the loop's, or closed. */
final class NewSockets {
    private NewSockets() {}

    static Descriptor own(EventLoop loop, int fd) throws IOException {
        try {
            return loop.own(fd);
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** Two Unix sockets of that type that are connected to each other; see socketpair(2). */
    static Descriptor[] pair(EventLoop loop, int type) throws IOException {
        loop.check("pair");
        try (Scratch two = new Scratch(2 * Integer.BYTES)) {
            SystemCallFailure.check("socketpair", Sockets.socketpair(type, two.address()), "unix:");
            Descriptor first;
            try {
                first = own(loop, two.getInt(0));
            } catch (IOException | RuntimeException | Error e) {
                Descriptors.close(two.getInt(1));
                throw e;
            }
            try {
                return new Descriptor[] {first, own(loop, two.getInt(1))};
            } catch (IOException | RuntimeException | Error e) {
                first.close();
                throw e;
            }
        }
    }

    /** A socket of that type that listens; see bind(2), listen(2). */
    static Descriptor listen(EventLoop loop, int type, RawAddress address, int backlog,
            Map<SocketOption<?>, ?> options) throws IOException {
        String text = address.toText();
        loop.check("bind");
        int fd = SystemCallFailure.check("socket", Sockets.socket(address.family(), type), text);
        try {
            if (address.family() != Sockets.AF_UNIX) {
                SystemCallFailure.check("setsockopt",
                        Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, 1), text);
            }
            SocketOptions.setAll(fd, options, text);
            SystemCallFailure.check("bind", Addresses.bind(fd, address), text);
            SystemCallFailure.check("listen", Sockets.listen(fd, backlog), text);
            return loop.own(fd);
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
    }
}
