package io.stepoll.internal.poll;

import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.SocketFile;
import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A descriptor on the loop's epoll: its readiness, as far as it is known, and its waiters.
 *
 * <p>There are three kinds. An owned registration becomes shared when its descriptor is passed on.
 * <ul>
 * <li><b>Owned</b>: this library made the descriptor, and nobody else reads it. The descriptor is added to epoll once,
 *     edge-triggered, for in, rdhup and pri. An edge is reported once, so the registration remembers the readiness
 *     until a call says that the readiness is used up. Out is added while a writer waits, and removed afterwards. Armed
 *     for good, out doubles the wake-ups of Unix sockets: each message that the peer takes makes room.
 * <li><b>Shared</b>: the descriptor was adopted by number, and somebody else may read it, too. The registration is
 *     level-triggered and one-shot. Each wait arms it, and no readiness is remembered. A hang-up is remembered, as
 *     nobody can take it away: it is reported once, and not armed for any more.
 * <li><b>Lent</b>: the descriptor is a TCP socket that any thread of this process uses, and that may be on several
 *     loops. The registration is edge-triggered, for out as well, so no wait costs an epoll_ctl(2). A TCP socket
 *     reports out only after a write that found no room. The loop does not close the descriptor: the lender is told
 *     when the loop has let it go.
 * </ul>
 */
public final class Registration {
    /** What a waiter waits for. */
    public static final int READ = Epoll.EPOLLIN;

    public static final int WRITE = Epoll.EPOLLOUT;

    /** A writer waits for the end of the write before its own, which no poll reports; see {@link #wakeNextInTurn}. */
    public static final int TURN = 0;

    /** A waiter waits for the end of the peer's output, or for {@link #END}. */
    public static final int HALF_END = Epoll.EPOLLRDHUP;

    /** A waiter waits for a hang-up in both directions, or an error. */
    public static final int END = Epoll.EPOLLHUP;

    private static final int ENDED = Epoll.EPOLLHUP | Epoll.EPOLLERR;
    private static final int READ_EVENTS = Epoll.EPOLLIN | Epoll.EPOLLRDHUP | ENDED;
    private static final int WRITE_EVENTS = Epoll.EPOLLOUT | ENDED;
    private static final int END_EVENTS = Epoll.EPOLLRDHUP | ENDED;

    /** After one of these, data or an end may follow a short read, and no further edge reports them. */
    private static final int MORE_BEHIND = Epoll.EPOLLPRI | Epoll.EPOLLRDHUP | ENDED;

    private static final int EDGE_TRIGGERED = Epoll.EPOLLET | Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLPRI;
    private static final int LENT = EDGE_TRIGGERED | Epoll.EPOLLOUT;
    private static final int SHARED = Epoll.EPOLLONESHOT;
    private static final byte SEVERAL = 2;

    private static final Map<Waiter, Integer> NOBODY = Map.of();

    private final Poller poller;
    private final int fd;
    final int slot;
    final int generation;
    private final boolean lent;
    private boolean shared;
    private boolean passedOn;
    private boolean closeMayWait;
    private boolean draining;

    private boolean open = true;
    private boolean mayRead = true;
    private boolean mayWrite = true;
    private boolean shortReadEmpties = true;
    private boolean reported; // whether a poll has reported an event; until then mayRead and mayWrite are guesses
    private byte accepted; // connections since readiness was last reported, counted up to SEVERAL
    private int armed;
    private boolean spent; // a one-shot event has disarmed the descriptor, so that no hang-up is reported either
    private int ends; // which of END_EVENTS a poll has reported

    /* Nearly always there is one reader and at most one writer. Further waiters are in the map, with their interest. */
    private Waiter reader;
    private Waiter writer;
    private Map<Waiter, Integer> further = NOBODY;
    private int readers;
    private int writers;
    private int inTurn;
    private int forHalfEnd;
    private int forEnd;

    /** A handler, as the waiter that stays, also while it waits for nothing; null for none. */
    private Waiter resident;

    private Runnable atEnd;

    /** The write queue of the descriptor while it waits for room, beside tasks or a handler; else null. */
    private Waiter queue;

    private Reference<?> watch;
    private SocketFile file;

    /** @param lender is told when a lent descriptor has left the loop; null for a descriptor that is the loop's */
    Registration(Poller poller, int fd, int slot, int generation, boolean shared, Runnable lender) {
        this.poller = poller;
        this.fd = fd;
        this.slot = slot;
        this.generation = generation;
        this.shared = shared;
        lent = lender != null;
        atEnd = lender;
        armed = shared ? SHARED : edges();
    }

    private int edges() {
        return lent ? LENT : EDGE_TRIGGERED;
    }

    /** Whether the descriptor is somebody else's, who closes it. */
    public boolean isLent() {
        return lent;
    }

    int armed() {
        return armed;
    }

    /** Whether somebody else may read the descriptor, too. */
    public boolean isShared() {
        return shared;
    }

    /**
     * From now on somebody else may use the descriptor, too. Readiness is no longer remembered, current waiters are
     * armed one-shot, and the descriptor is removed from epoll before it is closed. The file of a socket stays, as
     * somebody else has the socket.
     *
     * @return 0, or {@code -errno} of epoll_ctl(2)
     */
    public int share() {
        passedOn = true;
        file = null;
        if (shared) {
            return 0;
        }
        shared = true;
        mayRead = true;
        mayWrite = true;
        return arm();
    }

    /** From now on the close(2) of the descriptor may wait. The loop's thread leaves it to another thread then. */
    public void setCloseMayWait() {
        closeMayWait = true;
    }

    public boolean closeMayWait() {
        return closeMayWait;
    }

    /** Sets the file that bind(2) has made for the socket, which goes when the socket is closed here; null for none. */
    public void boundTo(SocketFile newFile) {
        file = newFile;
    }

    /** The file that goes when the socket is closed here; null for none. */
    public SocketFile file() {
        return file;
    }

    /**
     * Runs something when the descriptor has left the loop, by whatever way. That may be on the loop's own thread, so
     * it takes no lock and logs nothing.
     */
    public void atEnd(Runnable notice) {
        atEnd = notice;
    }

    /** No next request is waited for on this descriptor. */
    public void setDraining() {
        draining = true;
    }

    public boolean isDraining() {
        return draining;
    }

    /** Whether somebody else has got the descriptor while it was on the loop. */
    public boolean isPassedOn() {
        return passedOn;
    }

    public int fd() {
        return fd;
    }

    /** Whether the descriptor is still on the loop. */
    public boolean isOpen() {
        return open;
    }

    /** False if it is known that a read would block. The read need not be tried then. */
    public boolean mayRead() {
        return mayRead;
    }

    /** Whether a read may succeed, as far as the polls have reported. Before the first report: false. */
    public boolean isKnownToBeReadable() {
        return mayRead && reported;
    }

    /** The caller has accepted a connection. */
    public void accepted() {
        if (accepted < SEVERAL) {
            accepted++;
        }
    }

    /** Whether exactly one connection was accepted since the listener was last reported as ready. */
    public boolean hasAcceptedOne() {
        return accepted == 1;
    }

    /** Nothing is left to read: a call has said that it would block. */
    public void readWouldBlock() {
        mayRead = shared;
    }

    /** False if it is known that a write would block. */
    public boolean mayWrite() {
        return mayWrite;
    }

    /** There is no room to write: a call has said that it would block, or has taken less than it was given. */
    public void writeWouldBlock() {
        mayWrite = shared;
    }

    /** Makes all waiting writers try again now, although the kernel has reported nothing. */
    public void retryWrites() {
        mayWrite = true;
        Map<Waiter, Integer> others = further.isEmpty() ? NOBODY : new LinkedHashMap<>(further);
        if (writer != null) {
            writer.retryWrite();
        }
        if (queue != null) {
            queue.retryWrite();
        }
        others.forEach((waiter, interest) -> {
            if (interest == WRITE) {
                waiter.retryWrite();
            }
        });
    }

    /** A write is done: wakes the writer that has waited for its turn longest, and returns that one; null for none. */
    public Waiter wakeNextInTurn() {
        if (inTurn == 0) {
            return null;
        }
        for (Map.Entry<Waiter, Integer> other : further.entrySet()) {
            if (other.getValue() == TURN) {
                Waiter next = other.getKey();
                next.retryWrite();
                return next;
            }
        }
        throw new AssertionError("nobody waits for a turn");
    }

    /** A plain read has got fewer bytes than it asked for, and no control data came with them. */
    public void readShort() {
        if (shortReadEmpties) {
            mayRead = shared;
        }
    }

    /**
     * Adds a waiter.
     *
     * @param interest {@link #READ}, {@link #WRITE}, {@link #TURN}, {@link #HALF_END} or {@link #END}
     * @return 0, or {@code -errno} of epoll_ctl(2): then the waiter was not added
     */
    public int await(Waiter waiter, int interest) {
        if (!open) {
            return -Errno.EBADF;
        }
        if (interest == READ && reader == null) {
            reader = waiter;
        } else if (interest == WRITE && writer == null) {
            writer = waiter;
        } else {
            if (further == NOBODY) {
                further = new LinkedHashMap<>();
            }
            further.put(waiter, interest);
        }
        count(interest, 1);
        int result = interest == TURN ? 0 : arm();
        if (result < 0) {
            leave(waiter);
        }
        return result;
    }

    /** Who waits for what, in words; empty for nobody. From another thread, as of a moment ago. */
    public String describeWaits() {
        StringJoiner waits = new StringJoiner(", ");
        if (resident != null) {
            waits.add("a handler");
        } else if (readers > 0) {
            waits.add("read");
        }
        if (writers > 0 || queue != null) {
            waits.add("write");
        }
        if (inTurn > 0) {
            waits.add("the end of another write");
        }
        if (forHalfEnd > 0 || forEnd > 0) {
            waits.add("hang-up");
        }
        return waits.toString();
    }

    public boolean hasWaiters() {
        return readers > 0 || writers > 0 || forHalfEnd > 0 || forEnd > 0;
    }

    /** Whether a poll has reported that the peer has hung up so far: {@link #HALF_END} or {@link #END}. */
    public boolean hasEnded(int howFar) {
        return (ends & awaited(howFar)) != 0;
    }

    /**
     * Makes this waiter the only one, with these interests. The waiter stays when it is notified.
     *
     * @param waiter null for none any more
     * @return as {@link #await}
     */
    public int interests(Waiter waiter, boolean read, boolean write) {
        if (!open) {
            return -Errno.EBADF;
        }
        resident = waiter;
        reader = read ? waiter : null;
        readers = read ? 1 : 0;
        writer = write ? waiter : null;
        writers = write ? 1 : 0;
        return arm();
    }

    /** The waiter of {@link #interests}, even if it waits for nothing now; null for none. */
    public Waiter resident() {
        return resident;
    }

    /** Removes a waiter. */
    public void leave(Waiter waiter) {
        if (reader == waiter) {
            reader = null;
            readers--;
        } else if (writer == waiter) {
            writer = null;
            writers--;
        } else {
            Integer interest = further == NOBODY ? null : further.remove(waiter);
            if (interest != null) {
                count(interest, -1);
            }
        }
    }

    /**
     * The write queue of the descriptor waits for room.
     *
     * @return 0, or {@code -errno} of epoll_ctl(2): then it does not wait
     */
    public int queueAwaitsRoom(Waiter newQueue) {
        if (!open) {
            return -Errno.EBADF;
        }
        queue = newQueue;
        int result = arm();
        if (result < 0) {
            queue = null;
        }
        return result;
    }

    /**
     * The write queue does not wait for room any more. If it does not write any more either, writesDone is to follow.
     */
    public void queueLeaves() {
        queue = null;
    }

    /** Whether a writer waits for its turn. */
    public boolean hasWaitersInTurn() {
        return inTurn > 0;
    }

    /** A writer that had to wait for room is done. If no other writer waits, epoll need not report out any more. */
    public int writesDone() {
        return !open || shared || armed == edges() ? 0 : arm();
    }

    /**
     * Makes the next poll report whether there is room, also if a writer waits for that already. That writer may have
     * been told of the room, and may leave some: then nothing new happens that epoll would report.
     *
     * @return 0, or {@code -errno} of epoll_ctl(2)
     */
    public int reportRoomAgain() {
        return !open || shared || (armed & WRITE) == 0 ? 0 : poller.modify(this, armed);
    }

    private int arm() {
        int wanted = shared ? SHARED | interests() | halfEnd() : edges() | interests() & WRITE;
        if (wanted == armed && !(spent && endIsAwaited())) {
            return 0;
        }
        int result = poller.modify(this, wanted);
        if (result >= 0) {
            armed = wanted;
            spent = false;
        }
        return result;
    }

    /** What a shared registration is armed with for the end of the peer's output: once reported it stays so. */
    private int halfEnd() {
        boolean awaited = forHalfEnd > 0 || resident != null && readers == 0;
        return awaited && (ends & END_EVENTS) == 0 ? Epoll.EPOLLRDHUP : 0;
    }

    /** Whether somebody waits for a hang-up that was not reported yet: epoll reports that whatever is asked for. */
    private boolean endIsAwaited() {
        return (forHalfEnd > 0 || forEnd > 0 || resident != null) && (ends & ENDED) == 0;
    }

    private int interests() {
        return (readers > 0 ? READ : 0) | (writers > 0 || queue != null ? WRITE : 0);
    }

    /** Changes the number of waiters with this interest. */
    private void count(int interest, int by) {
        switch (interest) {
            case READ -> readers += by;
            case WRITE -> writers += by;
            case HALF_END -> forHalfEnd += by;
            case END -> forEnd += by;
            default -> inTurn += by;
        }
    }

    /** Handles an event of the current poll. Returns how many waiters were notified. */
    int dispatch(int events) {
        reported = true;
        if ((events & MORE_BEHIND) != 0) {
            shortReadEmpties = false;
        }
        if ((events & READ_EVENTS) != 0) {
            mayRead = true;
            accepted = 0;
        }
        if ((events & WRITE_EVENTS) != 0) {
            mayWrite = true;
        }
        int newEnds = events & END_EVENTS & ~ends;
        ends |= newEnds;
        int notified = notifyWaiter(reader, events & READ_EVENTS) + notifyWaiter(writer, events & WRITE_EVENTS)
                + notifyWaiter(queue, events & WRITE_EVENTS);
        if (resident != reader) {
            notified += notifyWaiter(resident, newEnds);
        }
        if (!further.isEmpty()) {
            for (Map.Entry<Waiter, Integer> other : further.entrySet()) {
                notified += notifyWaiter(other.getKey(), events & awaited(other.getValue()));
            }
        }
        if (shared) {
            rearmForTheRest(events);
        }
        return notified;
    }

    private static int awaited(int interest) {
        return switch (interest) {
            case READ -> READ_EVENTS;
            case WRITE -> WRITE_EVENTS;
            case HALF_END -> END_EVENTS;
            case END -> ENDED;
            default -> 0;
        };
    }

    private static int notifyWaiter(Waiter waiter, int events) {
        if (waiter == null || events == 0) {
            return 0;
        }
        waiter.ready(events);
        return 1;
    }

    /** The kernel has disarmed the one-shot registration. Arms it again for the waiters that this event was not for. */
    private void rearmForTheRest(int events) {
        armed = SHARED;
        spent = true;
        int rest = interests() & ~events | halfEnd();
        if ((events & ENDED) != 0 || rest == 0 && !endIsAwaited()) {
            return;
        }
        if (poller.modify(this, SHARED | rest) >= 0) {
            armed = SHARED | rest;
            spent = false;
        } else {
            dispatch(Epoll.EPOLLERR); // closed behind the loop's back: the waiters' calls will say why
        }
    }

    /** Keeps the reference that watches the descriptor's user reachable, until the descriptor leaves the loop. */
    public void watchedBy(Reference<?> newWatch) {
        watch = newWatch;
    }

    /** The descriptor has left the loop: notifies all waiters of that, and removes them. */
    void end() {
        open = false;
        if (watch != null) {
            watch.clear();
            watch = null;
        }
        Waiter oldReader = reader;
        Waiter oldWriter = writer;
        Waiter oldQueue = queue;
        Map<Waiter, Integer> oldFurther = further;
        reader = null;
        writer = null;
        queue = null;
        further = NOBODY;
        inTurn = 0;
        resident = null;
        if (oldReader != null) {
            oldReader.abandoned();
        }
        if (oldWriter != null) {
            oldWriter.abandoned();
        }
        if (oldQueue != null) {
            oldQueue.abandoned();
        }
        oldFurther.keySet().forEach(Waiter::abandoned);
        Runnable told = atEnd;
        if (told != null) {
            atEnd = null;
            told.run();
        }
    }
}
