package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.RawAddress;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

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

    /** Runs something when the descriptor has left its loop. It takes no lock, logs nothing, and never throws. */
    public static void atEnd(Descriptor descriptor, Runnable notice) {
        LoopDescriptor.of(descriptor).atEnd(notice);
    }

    /** Whether the descriptor has a handler. */
    public static boolean hasHandler(Descriptor descriptor) {
        return LoopDescriptor.of(descriptor).hasHandler();
    }

    /** Whether the loop closes, or is closed. From any thread. */
    public static boolean isClosing(EventLoop loop) {
        return LoopDescriptors.of(loop).isClosing();
    }

    /** Whether bytes have moved on the descriptor since this was last asked. */
    public static boolean hasBeenActive(Descriptor descriptor) {
        return LoopDescriptor.of(descriptor).hasBeenActive();
    }

    /** {@return how many bytes have come by a descriptor} */
    public static long bytesIn(Descriptor descriptor) {
        return LoopDescriptor.of(descriptor).bytesIn();
    }

    /** {@return how many bytes have gone by a descriptor} */
    public static long bytesOut(Descriptor descriptor) {
        return LoopDescriptor.of(descriptor).bytesOut();
    }

    /** {@return the name of a loop} From any thread. */
    public static String name(EventLoop loop) {
        return LoopDescriptors.of(loop).name();
    }

    /** Sets who is told what the handlers of a descriptor throw, in place of the loop's failure handler. */
    public static void handlerFailuresTo(Descriptor descriptor, Consumer<Throwable> receiver) {
        LoopDescriptor.of(descriptor).handlerFailuresTo(receiver::accept);
    }

    /** Lets no task wait for a next request on this descriptor any more; see {@link #endMarkedWaits}. */
    public static void setDraining(Descriptor descriptor) {
        LoopDescriptor.of(descriptor).setDraining();
    }

    /** Ends the waits for a next request on those descriptors of a loop that are marked. On the loop's thread. */
    public static void endMarkedWaits(EventLoop loop) {
        LoopDescriptors.of(loop).draining().endMarkedWaits();
    }

    /** The peer of an accepted connection, even if it has gone; null for one without a name. */
    public static SocketAddress acceptedPeer(AddressCodec codec, Descriptor connection) {
        return codec.of(LoopDescriptor.of(connection).peer());
    }

    /** The same as text: {@code tcp:host:port}. */
    public static String acceptedPeerText(Descriptor connection) {
        RawAddress peer = LoopDescriptor.of(connection).peer();
        return peer == null ? "unix:" : peer.toText();
    }

    /** Whether a failed call was one on this descriptor, which may be closed since. */
    public static boolean isOf(Descriptor descriptor, SystemCallFailure failure) {
        return AddressText.isOf(descriptor.fd(), failure.failedCall().address());
    }

    /** Logs a message of the library's, in a callback by a task. Never throws. From any thread. */
    public static void log(EventLoop loop, System.Logger.Level level, String message, Throwable thrown) {
        LoopDescriptors.of(loop).log(level, message, thrown);
    }

    /** The time of the loop, in nanoseconds. */
    public static long nowNanos(EventLoop loop) {
        return LoopDescriptors.of(loop).deadlineNanos(Duration.ZERO);
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

    /** Whether the current thread runs a callback in a step of the loop. */
    public static boolean isInCallbackOfAStep(EventLoop loop) {
        return LoopDescriptors.of(loop).isInCallbackOfAStep();
    }

    /** Starts a task of a loop whose failure is logged at once; null for one without a name. From any thread. */
    public static void startUnjoinable(EventLoop loop, String name, TaskBody body) {
        LoopDescriptors.of(loop).startUnjoinable(name, body);
    }

    /** Starts a task of a loop, which tells of its failure and of its end. Returns the task, to cancel it. */
    public static Task<?> startUnjoinable(EventLoop loop, String name, TaskBody body, Consumer<Throwable> failed,
            Runnable ended) {
        return LoopDescriptors.of(loop).startUnjoinable(name, body, failed, ended);
    }

    /**
     * Queues a callback of the library's own, even if the inbox is full; false if the loop is closed. From any thread.
     */
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
