package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Hands listening sockets from one process to the one that takes its place, so that a restart refuses no connection:
 * the socket lives on, with who waits there to be accepted. They meet at a Unix socket; the protocol is lines of ASCII:
 * <ol>
 * <li>The former process listens there ({@link #offer}). The successor connects ({@link #take}). Each looks who the
 *     other is, see SO_PEERCRED in unix(7): its own user, or root, or nobody to deal with.
 * <li>The former one sends {@code stepoll 1 N} and, along with it, the N listening sockets; see SCM_RIGHTS.
 * <li>The successor begins to accept ({@link #listener}), then says {@code LISTENING} ({@link #listening}).
 * <li>Only now does the former one stop: it closes its sockets, and the meeting place, and says {@code STOPPED}.
 * </ol>
 * Until the third step either may break off or die, and the former process goes on as if nothing had been; so does it
 * if that takes longer than 30 s.
 */
public final class Handover implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final String GREETING = "stepoll 1 ";
    static final String LISTENING = "LISTENING";
    static final String STOPPED = "STOPPED";
    private static final int LONGEST_LINE = 64;

    private final StreamSocket former;
    private final Deque<Integer> passed;

    private Handover(StreamSocket former, Deque<Integer> passed) {
        this.former = former;
        this.passed = passed;
    }

    /**
     * Offers listeners to a successor, from now on; see {@link HandoverOffer#awaitSuccessor}.
     *
     * @param loop that the offer is on
     * @param place where a successor finds this process: a Unix socket, whose file is deleted afterwards
     * @param listeners of this loop, or of others
     * @return the offer
     * @throws IOException as for {@link Listener#bind}
     */
    public static HandoverOffer offer(EventLoop loop, SocketAddress place, Listener... listeners) throws IOException {
        return new HandoverOffer(loop, place, Listener.bind(loop, place), listeners);
    }

    /**
     * Takes the listeners of a former process, if there is one. In a task. A file that such a one has left at the place
     * is deleted.
     *
     * @param loop of the task
     * @param place where the former process offers them
     * @return what is handed over; null if nobody offers anything there
     * @throws IOException as for {@link StreamSocket#connect}, or if the other side is not as the protocol has it, or
     *     is another user's
     */
    public static Handover take(EventLoop loop, SocketAddress place) throws IOException {
        StreamSocket former;
        try {
            former = StreamSocket.connect(loop, place, PATIENCE);
        } catch (IOException e) {
            if (!isNobodyThere(e)) {
                throw e;
            }
            HandoverOffer.delete(place);
            return null;
        }
        Deque<Integer> passed = new ArrayDeque<>();
        Handover handover = new Handover(former, passed);
        try {
            checkPeer(loop, former);
            String greeting = receive(loop, former, passed);
            expect(GREETING + passed.size(), greeting);
            return handover;
        } catch (IOException | RuntimeException | Error e) {
            handover.close();
            throw e;
        }
    }

    private static boolean isNobodyThere(IOException failure) {
        return failure instanceof SystemCallFailure call
                && (call.errno() == Errno.ECONNREFUSED || call.errno() == Errno.ENOENT);
    }

    /** {@return how many listeners were handed over and are not taken yet} */
    public int remaining() {
        return passed.size();
    }

    /**
     * The next listener, in the order in which they were offered. In a task of the loop that it is for, or in a
     * callback.
     *
     * @param loop that it is on from here on
     * @return the listener, which accepts as soon as it is asked to
     * @throws IOException as for {@link Listener#of}
     * @throws java.util.NoSuchElementException if there is none any more
     */
    public Listener listener(EventLoop loop) throws IOException {
        Listener listener = Listener.of(loop, passed.element());
        passed.remove();
        return listener;
    }

    /**
     * Tells the former process that this one accepts, and waits until it does so no more. Listeners that were not taken
     * are closed. In a task of the loop that {@link #take} was called on.
     *
     * @throws IOException if the former process does not answer in time. Both accept then.
     */
    public void listening() throws IOException {
        try (this) {
            send(former, LISTENING);
            expect(STOPPED, receive(former.descriptor().loop(), former, passed));
        } catch (EOFException formerHasEnded) {
            // that is as good
        }
    }

    /** Breaks off, unless {@link #listening} was called: the former process goes on. */
    @Override
    public void close() {
        former.close();
        passed.forEach(Descriptors::close);
        passed.clear();
    }

    /** The other end is this user's, or root's. Who this user is tells a socket whose both ends are ours. */
    static void checkPeer(EventLoop loop, StreamSocket socket) throws IOException {
        int peer = socket.getOption(LinuxSocketOptions.PEER_CREDENTIALS).uid();
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (StreamSocket one = pair[0]; StreamSocket other = pair[1]) {
            if (peer != 0 && peer != one.getOption(LinuxSocketOptions.PEER_CREDENTIALS).uid()) {
                throw new IOException("listeners are not handed over between users; there is user " + peer
                        + " at the other end of " + other);
            }
        }
    }

    static ByteBuffer line(String text) {
        return ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    static void send(StreamSocket socket, String text) throws IOException {
        socket.write(line(text), PATIENCE);
    }

    /** One line, and the descriptors that come along. */
    static String receive(EventLoop loop, StreamSocket socket, Deque<Integer> descriptors)
            throws IOException {
        long deadlineNanos = loop.deadline(PATIENCE);
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_LINE);
        while (bytes.position() == 0 || bytes.get(bytes.position() - 1) != '\n') {
            int count = bytes.hasRemaining()
                    ? DescriptorPassing.receive(socket.descriptor(), bytes, descriptors::add, deadlineNanos) : -1;
            if (count < 0) {
                throw new EOFException("the other side has broken off");
            }
        }
        return new String(bytes.array(), 0, bytes.position() - 1, StandardCharsets.US_ASCII);
    }

    static void expect(String wanted, String line) throws IOException {
        if (!line.equals(wanted)) {
            throw new IOException("\"" + line + "\" came, and not \"" + wanted + "\"");
        }
    }
}
