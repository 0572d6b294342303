package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.HandoverProtocol;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** The former process's side of a {@link Handover}: listeners that a successor may have. For its loop's thread. */
public final class HandoverOffer implements AutoCloseable {
    private final EventLoop loop;
    private final SocketAddress place;
    private final Listener door;
    private final Listener[] listeners;
    private boolean over;

    HandoverOffer(EventLoop loop, SocketAddress place, Listener door, Listener... listeners) {
        this.loop = loop;
        this.place = place;
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
     *     the next successor.
     */
    public void awaitSuccessor() throws IOException {
        try (this) {
            while (!over) {
                try (StreamSocket successor = door.accept()) {
                    if (handTo(successor.descriptor())) {
                        stopListening();
                        close(); // before the successor is notified: it will offer at the same place
                        sayStopped(successor.descriptor());
                    }
                }
            }
        }
    }

    /** Returns whether the successor accepts now. */
    private boolean handTo(Descriptor successor) throws InterruptedIOException {
        try {
            HandoverProtocol.checkPeer(loop, successor);
            int[] numbers = new int[listeners.length];
            for (int i = 0; i < numbers.length; i++) {
                Listener listener = listeners[i];
                numbers[i] = onItsLoop(listener, () -> share(listener));
            }
            HandoverProtocol.sendListeners(successor, numbers);
            HandoverProtocol.awaitListening(successor);
            return true;
        } catch (IOException e) {
            if (e instanceof InterruptedIOException interrupted && !(e instanceof SocketTimeoutException)) {
                throw interrupted;
            }
            System.getLogger("io.stepoll").log(System.Logger.Level.WARNING,
                    "a successor has not taken over, and this process goes on", e);
            return false;
        }
    }

    private void stopListening() throws IOException {
        for (Listener listener : listeners) {
            onItsLoop(listener, () -> {
                DescriptorAccess.handedOver(listener.descriptor());
                return null;
            });
        }
    }

    /**
     * Returns the number of a listener that another process is about to have, too. After a close the number is void.
     */
    private static int share(Listener listener) throws IOException {
        if (!listener.isOpen()) {
            throw new ClosedChannelException();
        }
        listener.descriptor().share();
        return listener.descriptor().fd();
    }

    private static <T> T onItsLoop(Listener listener, Callable<T> work) throws IOException {
        try {
            return listener.loop().spawn(work).join();
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

    static void delete(SocketAddress place) throws IOException {
        if (place instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }

    /**
     * Withdraws the offer. Does nothing if that was done before, or the listeners were handed over.
     *
     * @throws IOException if the file of the meeting place cannot be deleted
     */
    @Override
    public void close() throws IOException {
        if (!over) {
            over = true;
            door.close();
            delete(place);
        }
    }
}
