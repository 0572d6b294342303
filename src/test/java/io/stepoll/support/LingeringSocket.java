package io.stepoll.support;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;

/**
 * A TCP socket with SO_LINGER and unsent data, off the loop: whoever closes its last descriptor waits in close(2). The
 * peer of it reads nothing.
 */
public final class LingeringSocket implements AutoCloseable {
    private static final int SECONDS = 20;
    private static final int LOOPBACK = 0x7f000001;

    private final int peer;
    private int fd;

    public LingeringSocket() {
        int listener = RawSockets.check(Sockets.socket(Sockets.AF_INET, Sockets.SOCK_STREAM));
        byte[] loopback = {LOOPBACK >>> 24, 0, 0, LOOPBACK & 0xff};
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            int length = new RawAddress(Sockets.AF_INET, loopback, 0, 0).write(memory);
            RawSockets.check(Sockets.bind(listener, memory.address(), length));
        }
        RawSockets.check(Sockets.listen(listener, 1));
        fd = RawSockets.connect(RawAddress.local(listener));
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            peer = RawSockets.check(Sockets.acceptFrom(listener, memory.address(), Sockets.STORAGE_SIZE));
        }
        RawSockets.close(listener);
        linger(fd, SECONDS);
        int sent = RawSockets.send(fd, 1 << 16);
        while (sent > 0) {
            sent = RawSockets.send(fd, 1 << 16);
        }
        RawSockets.check(sent == -Errno.EAGAIN ? 0 : sent);
    }

    /** Sets SO_LINGER of a socket. */
    public static void linger(int fd, int seconds) {
        try (Scratch memory = new Scratch(Options.LINGER_SIZE)) {
            memory.buffer().putInt(Options.LINGER_ON, 1).putInt(Options.LINGER_SECONDS, seconds);
            RawSockets.check(Options.set(fd, Sockets.SOL_SOCKET, Options.SO_LINGER, memory.address(),
                    Options.LINGER_SIZE));
        }
    }

    /** Passes the socket with one byte. Returns the result of sendmsg(2). */
    public int passTo(int unixSocket) {
        try (Scratch memory = new Scratch(2 * Integer.BYTES)) {
            memory.buffer().putInt(Integer.BYTES, fd);
            return Passing.send(unixSocket, memory.address(), 1, memory.address() + Integer.BYTES, 1);
        }
    }

    /** Closes the own descriptor of a socket that was passed: whoever has it now has the last one. */
    public void leave() {
        RawSockets.close(fd);
        fd = -1;
    }

    /** Resets the connection: nobody waits for it any more. */
    @Override
    public void close() {
        RawSockets.close(peer);
        if (fd >= 0) {
            RawSockets.close(fd);
        }
    }
}
