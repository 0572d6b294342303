package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.Reference;
import java.net.SocketException;
import java.nio.ByteBuffer;

/** recv(2) and send(2) on descriptors: the hot calls, which allocate nothing. */
final class ByteCalls {
    private ByteCalls() {}

    static int recv(Descriptor socket, ByteBuffer target, int flags, long deadlineNanos) throws IOException {
        socket.checkOpen();
        checkFlags("recv", flags);
        Suspension task = socket.suspension("recv", flags);
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("recv into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        boolean ready = true;
        for (;;) {
            int result = flags != 0 || socket.registration().mayRead() ? receive(socket, target, flags) : -Errno.EAGAIN;
            if (result > 0) {
                return result;
            }
            if (result == 0) {
                return isDatagramSocket(socket) ? 0 : -1;
            }
            if (result == -Errno.EAGAIN) {
                if (flags != 0) {
                    throw new WouldBlockException("recv", socket.describe(), 0);
                }
                ready = socket.waitFor("recv", task, Registration.READ, ready, deadlineNanos);
            } else if (result != -Errno.EINTR) {
                throw failure("recv", -result, socket);
            }
        }
    }

    /** A byte out of the stream's order has no place in a channel; see tcp(7), unix(7). */
    private static void checkFlags(String call, int flags) {
        if ((flags & Sockets.MSG_OOB) != 0) {
            throw new IllegalArgumentException(call + " with MSG_OOB: urgent data is neither sent nor received");
        }
    }

    /** One call that does not wait: 0 for nothing. */
    static int recvNow(Descriptor socket, ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("recv into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        if (!Handling.mayGoOn(socket)) {
            return 0;
        }
        int result = -Errno.EINTR;
        while (result == -Errno.EINTR) {
            result = socket.registration().mayRead() ? receive(socket, target, 0) : -Errno.EAGAIN;
        }
        if (result > 0) {
            return result;
        }
        if (result == 0) {
            return isDatagramSocket(socket) ? 0 : -1;
        }
        if (result == -Errno.EAGAIN) {
            socket.registration().readWouldBlock();
            return 0;
        }
        throw failure("recv", -result, socket);
    }

    /** As much as there is room for, perhaps nothing. */
    static int sendNow(Descriptor socket, ByteBuffer source) throws IOException {
        int before = source.position();
        while (source.hasRemaining() && Handling.mayGoOn(socket)) {
            int length = Transfer.length(source);
            int result = transmit(socket, source, 0);
            if (result == -Errno.EAGAIN || result >= 0 && result < length) {
                socket.registration().writeWouldBlock();
                break;
            }
            if (result < 0 && result != -Errno.EINTR) {
                throw SystemCallFailure.after(failure("send", -result, socket), source.position() - before);
            }
        }
        return source.position() - before;
    }

    /** On which a message without bytes is one, and no end. */
    private static boolean isDatagramSocket(Descriptor socket) {
        return socket.kind() == DescriptorKind.DATAGRAM || socket.kind() == DescriptorKind.SHARED
                && Sockets.intOption(socket.fd(), Sockets.SOL_SOCKET, Sockets.SO_TYPE) == Sockets.SOCK_DGRAM;
    }

    /** Whether what is longer than the loop's own memory goes in one call all the same: as only Unix messages may. */
    private static boolean keepsMessages(Descriptor socket) {
        return switch (socket.kind()) {
            case TCP, UNIX, FILE -> false;
            case DATAGRAM, OWN, SHARED ->
                    Sockets.intOption(socket.fd(), Sockets.SOL_SOCKET, Sockets.SO_DOMAIN) == Sockets.AF_UNIX
                    && Sockets.intOption(socket.fd(), Sockets.SOL_SOCKET, Sockets.SO_TYPE) != Sockets.SOCK_STREAM;
        };
    }

    /** Nobody receives what was sent: on a stream that is a matter of connecting, on datagrams of the other port. */
    static SocketException failure(String call, int errno, Descriptor socket) {
        return errno == Errno.ECONNREFUSED && isDatagramSocket(socket)
                ? SystemCallExceptions.portUnreachable(call, socket.describe())
                : SystemCallFailure.of(call, errno, socket.describe());
    }

    /** One call; what it tells of the rest goes to the registration. */
    private static int receive(Descriptor socket, ByteBuffer target, int flags) {
        Transfer transfer = socket.reactor().transfer;
        int length = Transfer.length(target);
        if (length < target.remaining() && keepsMessages(socket)) {
            int message = Sockets.recv(socket.fd(), 0, 0,
                    Sockets.MSG_PEEK | Datagrams.MSG_TRUNC | Sockets.MSG_DONTWAIT);
            if (message > length) {
                ByteBuffer whole = ByteBuffer.allocateDirect(Math.min(target.remaining(), message));
                int result = receive(socket, whole, flags);
                target.put(whole.flip());
                return result;
            }
        }
        long address = transfer.target(target, socket);
        int result;
        boolean empties = flags == 0 && socket.kind().isEmptiedByShortRead();
        if (socket.kind() == DescriptorKind.UNIX) {
            long told = Sockets.recvTelling(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
            result = (int) told;
            empties &= (told >>> Integer.SIZE & Sockets.MSG_CTRUNC) == 0;
        } else {
            result = socket.kind() == DescriptorKind.FILE && (flags & ~Sockets.MSG_DONTWAIT) == 0
                    ? Descriptors.read(socket.fd(), address, length)
                    : Sockets.recv(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        }
        Reference.reachabilityFence(target);
        if (result > 0) {
            transfer.received(target, Math.min(result, length)); // with MSG_TRUNC it is the datagram's whole length
            if (empties && result < length) {
                socket.registration().readShort();
            }
        }
        return result;
    }

    static long send(Descriptor socket, ByteBuffer source, int flags, long deadlineNanos) throws IOException {
        socket.checkOpen();
        checkFlags("send", flags);
        Suspension task = socket.suspension("send", flags);
        long sent = 0;
        boolean ready = true;
        boolean waited = false;
        try {
            while (source.hasRemaining()) {
                int result = transmit(socket, source, flags);
                if (result >= 0) {
                    sent += result;
                    ready = true;
                    if (task != null && source.hasRemaining()) {
                        task.operationBegins("send", socket);
                    }
                } else if (result == -Errno.EAGAIN) {
                    if (flags != 0) {
                        throw new WouldBlockException("send", socket.describe(), sent);
                    }
                    waited = true;
                    ready = socket.waitFor("send", task, Registration.WRITE, ready, deadlineNanos);
                } else if (result != -Errno.EINTR) {
                    throw failure("send", -result, socket);
                }
            }
            return sent;
        } catch (InterruptedIOException e) { // a timeout is one, too
            e.bytesTransferred = (int) Math.min(sent, Integer.MAX_VALUE);
            throw e;
        } catch (SocketException e) {
            throw SystemCallFailure.after(e, sent);
        } finally {
            if (waited) {
                socket.registration().writesDone(); // fails only where the descriptor was closed behind our back
            }
        }
    }

    private static int transmit(Descriptor socket, ByteBuffer source, int flags) {
        int length = Transfer.length(source);
        if (length < source.remaining() && keepsMessages(socket)) {
            ByteBuffer whole = ByteBuffer.allocateDirect(source.remaining()).put(source.duplicate()).flip();
            int result = transmit(socket, whole, flags);
            source.position(source.position() + Math.max(0, result));
            return result;
        }
        long address = socket.reactor().transfer.source(source, length, socket);
        int result = socket.kind() == DescriptorKind.FILE && (flags & ~Sockets.MSG_DONTWAIT) == 0
                ? Descriptors.write(socket.fd(), address, length)
                : Sockets.send(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        Reference.reachabilityFence(source);
        if (result > 0) {
            source.position(source.position() + result);
        }
        return result;
    }
}
