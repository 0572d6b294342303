package io.stepoll.internal.io;

import io.stepoll.VirtualClock;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.task.TaskWait;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a virtual clock from jumping while a task waits to read from a peer outside of its loop that owes an answer:
 * the task has written, and nothing has come back since. Where the peer owes nothing, or has begun its answer, or is
 * only being connected to, the clock may jump when nothing has come for {@link #QUIET_MILLIS} of real time. A peer on
 * the same loop needs no such thing.
 *
 * <p>While the clock stands still for that, a timeout of the socket counts real time as well.
 */
final class OwedAnswer implements AutoCloseable {
    private static final long QUIET_MILLIS = 100;

    private final VirtualClock.Hold hold;
    private volatile boolean over;

    private OwedAnswer(VirtualClock.Hold hold) {
        this.hold = hold;
    }

    /**
     * A task begins to wait. On the loop's thread, of a loop with a virtual clock.
     *
     * @param owed whether the task has written since it has read
     * @param timeoutNanos of the wait; 0 for none
     * @return to be closed after the wait; null if the peer is on the same loop
     */
    static OwedAnswer await(SocketOnLoop socket, TaskWait task, boolean owed, long timeoutNanos) {
        if (isOn(socket.io.poller, socket.fd())) {
            return null;
        }
        OwedAnswer answer = new OwedAnswer(socket.io.reactor.holdClock());
        if (!owed) {
            later(TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS), answer.hold::close);
        }
        if (timeoutNanos != 0) {
            later(timeoutNanos, () -> socket.owner().submit(() -> answer.timeOut(task, socket.registration())));
        }
        return answer;
    }

    private static void later(long nanos, Runnable action) {
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, Runnable::run).execute(action);
    }

    private void timeOut(TaskWait task, Registration registration) {
        if (!over) {
            task.timeOut(registration);
        }
    }

    /** Whether the other end of a connection is on the loop as well: as a socket, or in the backlog of a listener. */
    private static boolean isOn(Poller poller, int fd) {
        RawAddress local = RawAddress.local(fd);
        RawAddress peer = RawAddress.peer(fd);
        boolean[] found = new boolean[1];
        poller.forEach(other -> found[0] |= local != null && peer != null && isEndOf(other.fd(), local, peer));
        return found[0];
    }

    private static boolean isEndOf(int fd, RawAddress local, RawAddress peer) {
        RawAddress here = RawAddress.local(fd);
        if (here == null || here.family() == Sockets.AF_UNIX || here.port() != peer.port()) {
            return false;
        }
        InetAddress host = here.inetAddress();
        if (Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) == 1) {
            return host.isAnyLocalAddress() || host.equals(peer.inetAddress());
        }
        RawAddress there = RawAddress.peer(fd);
        return there != null && there.port() == local.port() && host.equals(peer.inetAddress())
                && there.inetAddress().equals(local.inetAddress());
    }

    /** The wait is over. */
    @Override
    public void close() {
        over = true;
        hold.close();
    }
}
