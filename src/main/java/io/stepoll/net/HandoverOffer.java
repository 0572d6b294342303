package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.HandoverProtocol;
import io.stepoll.internal.net.SharedListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The former process's side of a {@link Handover}: listeners that a successor may have. For its loop's thread.
 *
 * @since 0.1.0
 */
public final class HandoverOffer implements AutoCloseable {
    private final EventLoop loop;
    private final Listener door;
    private final Listener[] listeners;
    private final RefusedSuccessors refused = new RefusedSuccessors();
    private boolean over;

    HandoverOffer(EventLoop loop, Listener door, Listener... listeners) {
        this.loop = loop;
        this.door = door;
        this.listeners = listeners.clone();
    }

    /**
     * Waits for a successor and hands the listeners to it. Returns when the successor accepts and the listeners are
     * closed here: tasks that accept there get a {@link io.stepoll.ListenerStoppedException}. Next the process should
     * shut down, see {@code io.stepoll.shutdown}. In a task.
     *
     * @throws IOException a {@link io.stepoll.ListenerStoppedException} if a shutdown ends the offer, or an
     *     {@link InterruptedIOException}. A failure with one successor is logged at level WARNING, and this waits for
     *     the next successor. Of 10 s the first five failures have a line each; a further line counts the others.
     */
    public void awaitSuccessor() throws IOException {
        try (this) {
            while (!over) {
                try (StreamSocket successor = acceptOne()) {
                    if (successor != null && handTo(successor.descriptor())) {
                        stopListening();
                        close(); // before the successor is notified: it will offer at the same place
                        sayStopped(successor.descriptor());
                    }
                }
            }
        } finally {
            refused.tell();
        }
    }

    /** Returns null if the failures of before are told meanwhile. */
    private @Nullable StreamSocket acceptOne() throws IOException {
        if (!refused.hasUntold()) {
            return door.accept();
        }
        try {
            return door.accept(refused.rest(nowNanos()));
        } catch (SocketTimeoutException e) {
            refused.tell();
            return null;
        }
    }

    private long nowNanos() {
        return DescriptorAccess.deadlineNanos(door.descriptor(), Duration.ZERO);
    }

    /** Returns whether the successor accepts now. */
    private boolean handTo(Descriptor successor) throws InterruptedIOException {
        List<SharedListener> shared = new ArrayList<>();
        boolean accepts = false;
        try {
            HandoverProtocol.checkPeer(loop, successor);
            for (Listener listener : listeners) {
                shared.add(onItsLoop(listener, () -> share(listener)));
            }
            HandoverProtocol.sendListeners(successor, shared);
            HandoverProtocol.awaitListening(successor);
            accepts = true;
        } catch (IOException e) {
            if (e instanceof InterruptedIOException interrupted && !(e instanceof SocketTimeoutException)) {
                throw interrupted;
            }
            refused.add(e, nowNanos());
        } finally {
            if (!accepts) {
                shared.forEach(SharedListener::keptHere);
            }
        }
        return accepts;
    }

    private void stopListening() throws IOException {
        for (Listener listener : listeners) {
            onItsLoop(listener, () -> {
                if (listener.isOpen()) {
                    DescriptorAccess.handedOver(listener.descriptor());
                }
                return null;
            });
        }
    }

    /** After a close the number of a listener is void. */
    private static SharedListener share(Listener listener) throws IOException {
        if (!listener.isOpen()) {
            throw new ClosedChannelException();
        }
        return SharedListener.of(listener.descriptor());
    }

    private static <T> T onItsLoop(Listener listener, Callable<T> work) throws IOException {
        try {
            return DescriptorAccess.start(listener.loop(), work).join();
        } catch (ExecutionException e) {
            throw new IOException("handing over " + listener + " failed", e.getCause());
        } catch (IllegalStateException e) {
            throw new IOException("handing over " + listener + " failed: its loop is closed, or closes", e);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("handing over: interrupted");
        }
    }

    private static void sayStopped(Descriptor successor) {
        try {
            HandoverProtocol.stopped(successor);
        } catch (IOException goneMeanwhile) {
            // The successor has accepted. If it has failed since, this process cannot mend that.
        }
    }

    /** Withdraws the offer. Does nothing if that was done before, or the listeners were handed over. */
    @Override
    public void close() {
        if (!over) {
            over = true;
            door.close();
        }
    }
}
