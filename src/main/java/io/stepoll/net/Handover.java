package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.HandoverProtocol;
import io.stepoll.internal.net.SharedListener;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hands listening sockets from one process to the process that takes its place, so that a restart refuses no
 * connection: the sockets live on, and so do the connections that wait to be accepted. The two processes meet at a Unix
 * socket. Their protocol is lines of ASCII:
 * <ol>
 * <li>The former process listens at the socket ({@link #offer}). The successor connects ({@link #take}). Each checks
 *     the user of the other one, see SO_PEERCRED in unix(7), and goes on only if that is its own user, or root.
 * <li>The former process sends {@code stepoll 1 N} and, along with it, the N listening sockets; see SCM_RIGHTS. If
 *     files of Unix paths go along, {@code files HEX} follows: a bit for each such listener, the lowest for the first.
 * <li>The successor begins to accept ({@link #listener}), then says {@code LISTENING} ({@link #listening}).
 * <li>Only now the former process stops: it closes its listeners and the meeting place, and says {@code STOPPED}.
 * </ol>
 * Until the third step either process may break off or die, and the former process goes on as if nothing had happened.
 * It does so, too, if the steps take longer than 30 s. The file of a Unix listener's path belongs to the successor from
 * the last step on, and is removed when the successor closes the listener.
 *
 * @since 0.1.0
 */
public final class Handover implements AutoCloseable {
    private final StreamSocket former;
    private final Deque<Integer> passed = new ArrayDeque<>();
    private final List<Listener> withFiles = new ArrayList<>();
    private BigInteger files = BigInteger.ZERO;
    private int taken;

    private Handover(StreamSocket former) {
        this.former = former;
    }

    /**
     * Offers listeners to a successor, from now on; see {@link HandoverOffer#awaitSuccessor}.
     *
     * @param loop the loop of the offer
     * @param place where a successor finds this process: a Unix socket
     * @param listeners of this loop, or of others
     * @return the offer
     * @throws IOException as for {@link Listener#bind}
     * @throws IllegalArgumentException if there is no listener, or more than 253, which is what one message takes
     */
    public static HandoverOffer offer(EventLoop loop, SocketAddress place, Listener... listeners) throws IOException {
        if (listeners.length == 0 || listeners.length > HandoverProtocol.MOST_LISTENERS) {
            throw new IllegalArgumentException("a handover has 1 to " + HandoverProtocol.MOST_LISTENERS
                    + " listeners, not " + listeners.length);
        }
        return new HandoverOffer(loop, Listener.bind(loop, place), listeners);
    }

    /**
     * Takes the listeners of a former process, if there is one. In a task. If there is none, deletes the socket's file
     * that a former process may have left at the place.
     *
     * @param loop of the task
     * @param place where the former process offers its listeners
     * @return what is handed over; null if no process offers anything there
     * @throws IOException as for {@link StreamSocket#connect}, or if the other process does not follow the protocol, or
     *     is another user's; or if at the place there is no socket, but a regular file for instance, which stays
     */
    public static @Nullable Handover take(EventLoop loop, SocketAddress place) throws IOException {
        StreamSocket former;
        try {
            former = StreamSocket.connecting(loop).timeout(HandoverProtocol.PATIENCE)
                    .option(LinuxSocketOptions.SO_PASSRIGHTS, true).connect(place);
        } catch (IOException e) {
            if (!HandoverProtocol.isNobodyThere(e)) {
                throw e;
            }
            DescriptorAccess.removeDead(Addresses.CODEC, place);
            return null;
        }
        Handover handover = new Handover(former);
        try {
            HandoverProtocol.checkPeer(loop, former.descriptor());
            handover.files = HandoverProtocol.receiveListeners(former.descriptor(), handover.passed);
            return handover;
        } catch (IOException | RuntimeException | Error e) {
            handover.close();
            throw e;
        }
    }

    /** {@return how many listeners were handed over and are not taken yet} */
    public int remaining() {
        return passed.size();
    }

    /**
     * Takes the next listener, in the order in which they were offered. In a task of the loop that it is for, or in a
     * callback.
     *
     * @param loop the loop that the listener is on from now on
     * @return the listener
     * @throws IOException as for {@link Listener#adopt}
     * @throws java.util.NoSuchElementException if all are taken
     */
    public Listener listener(EventLoop loop) throws IOException {
        Listener listener = Listener.adopt(loop, passed.element());
        passed.remove();
        if (files.testBit(taken++)) {
            withFiles.add(listener);
        }
        return listener;
    }

    /**
     * Notifies the former process that this one accepts, and waits until the former process has stopped accepting.
     * Listeners that were not taken are closed. In a task of the loop that {@link #take} was called on.
     *
     * @throws IOException if the former process does not answer in time; then both accept
     */
    public void listening() throws IOException {
        try (this) {
            HandoverProtocol.listening(former.descriptor(), passed);
        } catch (EOFException formerHasEnded) {
            // A process that has ended accepts no more, either.
        }
        withFiles.forEach(listener -> SharedListener.takeFile(listener.descriptor()));
    }

    /** Breaks off, unless {@link #listening} was called: the former process goes on. */
    @Override
    public void close() {
        former.close();
        HandoverProtocol.close(passed);
    }
}
