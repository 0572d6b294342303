package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;

/**
 * Listeners that a successor may have: the former process's side of a {@link Handover}. Belongs to its loop's thread.
 */
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
     * Waits for a successor and hands the listeners to it. Returns when it listens, and the listeners are closed here:
     * tasks that accept get a {@link io.stepoll.ListenerStoppedException}. Then it is time for a
     * {@link io.stepoll.Shutdown}. In a task.
     *
     * @throws IOException a {@link io.stepoll.ListenerStoppedException} if a shutdown ends the offer, or an
     *     {@link InterruptedIOException}. What fails with one successor is logged at level WARNING, and the next one is
     *     waited for.
     */
    public void awaitSuccessor() throws IOException {
        try (this) {
            while (!over) {
                try (StreamSocket successor = door.accept()) {
                    if (handTo(successor)) {
                        stopListening();
                        close(); // before it is told, as it will offer there itself
                        sayStopped(successor);
                    }
                }
            }
        }
    }

    /** Whether it listens by now. */
    private boolean handTo(StreamSocket successor) throws InterruptedIOException {
        Deque<Integer> uncalledFor = new ArrayDeque<>();
        try {
            Handover.checkPeer(loop, successor);
            int[] numbers = new int[listeners.length];
            for (int i = 0; i < numbers.length; i++) {
                Listener listener = listeners[i];
                numbers[i] = onItsLoop(listener, its -> shared(its, listener));
            }
            successor.writePassing(Handover.line(Handover.GREETING + numbers.length), numbers);
            Handover.expect(Handover.LISTENING, Handover.receive(loop, successor, uncalledFor));
            return true;
        } catch (IOException e) {
            if (e instanceof InterruptedIOException interrupted && !(e instanceof SocketTimeoutException)) {
                throw interrupted;
            }
            System.getLogger("io.stepoll").log(System.Logger.Level.WARNING,
                    "a successor has not taken over, and this process goes on", e);
            return false;
        } finally {
            uncalledFor.forEach(Descriptors::close);
        }
    }

    private void stopListening() throws IOException {
        for (Listener listener : listeners) {
            onItsLoop(listener, its -> {
                its.handedOver(listener.descriptor());
                return null;
            });
        }
    }

    /** Its number, which another process is about to have, too. One that is closed has none, but for its next user. */
    private static int shared(EventLoop its, Listener listener) throws IOException {
        if (!listener.isOpen()) {
            throw new ClosedChannelException();
        }
        int number = listener.descriptor().fd();
        its.share(number);
        return number;
    }

    @FunctionalInterface
    private interface Work<T> {
        T on(EventLoop its) throws IOException;
    }

    private static <T> T onItsLoop(Listener listener, Work<T> work) throws IOException {
        EventLoop its = listener.descriptor().loop();
        try {
            return its.spawn(() -> work.on(its)).join();
        } catch (ExecutionException e) {
            throw new IOException("handing over " + listener + " failed", e.getCause());
        } catch (IllegalStateException e) {
            throw new IOException("handing over " + listener + " failed: its loop is closed, or closes", e);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("handing over: interrupted");
        }
    }

    private static void sayStopped(StreamSocket successor) {
        try {
            Handover.send(successor, Handover.STOPPED);
        } catch (IOException goneMeanwhile) {
            // It did listen; what has become of it since is not for this process to mend.
        }
    }

    static void delete(SocketAddress place) throws IOException {
        if (place instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }

    /**
     * Withdraws the offer. Does nothing the second time, or when the listeners were handed over.
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
