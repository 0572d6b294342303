package io.stepoll;

import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.Reference;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;

/** readv(2) and writev(2) on sockets, by recvmsg and sendmsg, as only the latter can do without SIGPIPE. */
final class VectorCalls {
    private VectorCalls() {}

    static long recv(Descriptor socket, ByteBuffer[] targets, int offset, int length, long deadlineNanos)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        boolean room = false;
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].isReadOnly()) {
                throw new IllegalArgumentException("recv into a read-only buffer");
            }
            room |= targets[i].hasRemaining();
        }
        if (!room) {
            return 0;
        }
        Vector vector = socket.reactor().vector();
        long received = socket.read("recvmsg", deadlineNanos, fd -> {
            vector.layOut(targets, offset, length, false);
            long told = Sockets.recvVector(fd, vector.address(), vector.count(), Sockets.MSG_DONTWAIT);
            int count = (int) told;
            boolean control = told > 0 && (told >>> Integer.SIZE & Sockets.MSG_CTRUNC) != 0;
            if (count > 0) {
                vector.advance(targets, offset, length, count, true);
                if (count < vector.bytes() && !control && socket.kind().isEmptiedByShortRead()) {
                    socket.registration().readShort();
                }
            }
            return count;
        });
        Reference.reachabilityFence(targets);
        return received == 0 ? -1 : received;
    }

    static long send(Descriptor socket, ByteBuffer[] sources, int offset, int length, long deadlineNanos)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        Vector vector = socket.reactor().vector();
        long sent = 0;
        try {
            while (hasRemaining(sources, offset, length)) {
                sent += socket.write("sendmsg", deadlineNanos, fd -> {
                    vector.layOut(sources, offset, length, true);
                    int count = Sockets.sendVector(fd, vector.address(), vector.count(), Sockets.MSG_DONTWAIT);
                    vector.advance(sources, offset, length, Math.max(count, 0), false);
                    return count;
                });
            }
        } catch (InterruptedIOException e) { // a timeout is one, too
            e.bytesTransferred = (int) Math.min(sent, Integer.MAX_VALUE);
            throw e;
        } catch (SocketException e) {
            throw SystemCallFailure.after(e, sent);
        }
        Reference.reachabilityFence(sources);
        return sent;
    }

    private static boolean hasRemaining(ByteBuffer[] buffers, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (buffers[i].hasRemaining()) {
                return true;
            }
        }
        return false;
    }
}
