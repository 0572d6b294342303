package io.stepoll.net;

import io.stepoll.EventLoop;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.util.ArrayDeque;
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
        try {
            Handover.checkPeer(loop, successor);
            int[] numbers = new int[listeners.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = listeners[i].descriptor().fd();
            }
            successor.writePassing(Handover.line(Handover.GREETING + numbers.length), numbers);
            Handover.expect(Handover.LISTENING, Handover.receive(loop, successor, new ArrayDeque<>()));
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
            EventLoop its = listener.descriptor().loop();
            try {
                its.spawn(() -> its.handedOver(listener.descriptor())).join();
            } catch (ExecutionException e) {
                throw new IOException("the listener was handed over, and could not be closed here", e.getCause());
            } catch (InterruptedException e) {
                throw new InterruptedIOException("handing over: interrupted");
            }
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
