package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** What a socket needs of its descriptor, and users do not. */
public final class DescriptorAccess {
    private DescriptorAccess() {}

    /** The time on the loop's clock at which a timeout that begins now ends. */
    public static long deadlineNanos(Descriptor socket, Duration timeout) {
        return LoopDescriptor.of(socket).owner().deadlineNanos(timeout);
    }

    /** The address itself; if its host name is unresolved, the first address that the name stands for. */
    public static SocketAddress resolved(EventLoop loop, String call, SocketAddress address) throws IOException {
        return HostNames.first(LoopDescriptors.of(loop), call, address);
    }

    /** Throws unless the descriptor is open and the caller is on the loop's thread or in one of its tasks. */
    public static void check(Descriptor socket, String call) throws ClosedChannelException {
        LoopDescriptor.of(socket).check(call);
    }

    /** Whether the descriptor is open, asked on the loop's thread or in one of its tasks. */
    public static boolean isOpenHere(Descriptor socket, String call) {
        return LoopDescriptor.of(socket).isOpenHere(call);
    }

    /** Waits for a connection and accepts it. Returns its number: the connection is on no loop yet. */
    public static int acceptNumber(Descriptor listener) throws IOException {
        return LoopDescriptor.of(listener).acceptNumber(EventLoop.NO_DEADLINE);
    }

    /** The file of a socket's path stays when the socket is closed. */
    public static void keepFile(Descriptor socket) throws IOException {
        LoopDescriptor.of(socket).boundTo(null);
    }

    /** Removes the file of a Unix socket where a connect was refused, unless a socket is bound to it. */
    public static void removeDead(AddressCodec codec, SocketAddress address) throws IOException {
        SocketFiles.removeDead(codec.raw(address));
    }

    /** Closes a listener that another process has now. Tasks that accept there end without a failure. */
    public static void handedOver(Descriptor listener) throws IOException {
        LoopDescriptor.of(listener).handedOver();
    }

    /** Whether the current thread runs a callback of the loop. */
    public static boolean isInCallback(EventLoop loop) {
        return LoopDescriptors.of(loop).isInCallback();
    }

    /** Whether the close of a connection may wait that the listener has accepted: it has inherited its options. */
    public static boolean connectionCloseMayWait(Descriptor listener, int connection) {
        return LoopDescriptor.of(listener).connectionCloseMayWait(connection);
    }

    /** Starts a task of a loop, whose failure is reported at once; null for one without a name. From any thread. */
    public static void startUnjoinable(EventLoop loop, String name, TaskBody body) {
        LoopDescriptors.of(loop).startUnjoinable(name, body);
    }

    /** Queues a callback of the library's own, even if the inbox is full; false if the loop is closed. From any thread. */
    public static boolean submit(EventLoop loop, Runnable callback) {
        return LoopDescriptors.of(loop).submit(callback);
    }

    /** Starts a task of the library's own, even if the inbox of the loop is full. From any thread. */
    public static <T> Task<T> start(EventLoop loop, Callable<T> work) {
        return LoopDescriptors.of(loop).start(work);
    }

    /** Closes a descriptor that is on no loop, on another thread if that may wait. */
    public static void close(int fd, boolean mayWait) {
        LoopDescriptors.close(fd, mayWait);
    }
}
