package io.stepoll.internal.poll;

import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Errno;
import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A descriptor on the loop's epoll: what is known of its readiness, and who waits for it.
 *
 * <p>Two ways of waiting; an owned one becomes shared when its descriptor is passed on:
 * <ul>
 * <li><b>Owned</b> (made by this library, nobody else reads it): added once, edge-triggered, for in, rdhup and pri.
 *     An edge comes once, so readiness is remembered here until a call says that it is used up. Out is added while a
 *     writer waits and dropped after it: armed for good it doubles the wake-ups of Unix sockets, where each message
 *     that the peer takes makes room.
 * <li><b>Shared</b> (adopted by number; somebody else may read it too): level-triggered and one-shot, armed by each
 *     wait, and nothing is remembered.
 * </ul>
 */
public final class Registration {
    /** What a waiter waits for. */
    public static final int READ = Epoll.EPOLLIN;

    public static final int WRITE = Epoll.EPOLLOUT;

    private static final int ENDED = Epoll.EPOLLHUP | Epoll.EPOLLERR;
    private static final int READ_EVENTS = Epoll.EPOLLIN | Epoll.EPOLLRDHUP | ENDED;
    private static final int WRITE_EVENTS = Epoll.EPOLLOUT | ENDED;

    /** After one of these, data or an end may lie behind a short read with no further edge to tell of it. */
    private static final int MORE_BEHIND = Epoll.EPOLLPRI | Epoll.EPOLLRDHUP | ENDED;

    private static final int EDGE_TRIGGERED = Epoll.EPOLLET | Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLPRI;
    private static final int SHARED = Epoll.EPOLLONESHOT;
    private static final byte SEVERAL = 2;

    private static final Map<Waiter, Integer> NOBODY = Map.of();

    private final Poller poller;
    private final int fd;
    final int slot;
    final int generation;
    private boolean shared;

    private boolean open = true;
    private boolean mayRead = true;
    private boolean mayWrite = true;
    private boolean shortReadEmpties = true;
    private boolean reported; // by any poll; before that epoll knows more than this
    private byte accepted; // since readiness was last told of; from SEVERAL on not counted
    private int armed;

    /* Nearly always there is one reader and at most one writer; whoever comes further waits here, with its interest. */
    private Waiter reader;
    private Waiter writer;
    private Map<Waiter, Integer> further = NOBODY;
    private int readers;
    private int writers;

    private Reference<?> watch;

    Registration(Poller poller, int fd, int slot, int generation, boolean shared) {
        this.poller = poller;
        this.fd = fd;
        this.slot = slot;
        this.generation = generation;
        this.shared = shared;
        armed = shared ? SHARED : EDGE_TRIGGERED;
    }

    int armed() {
        return armed;
    }

    /** Whether somebody else may read it, too. */
    public boolean isShared() {
        return shared;
    }

    /**
     * Somebody else has it from here on, too: nothing is remembered any more, who waits is armed for, and it is deleted
     * from epoll before it is closed.
     *
     * @return 0, or {@code -errno} of epoll_ctl(2)
     */
    public int share() {
        if (shared) {
            return 0;
        }
        shared = true;
        mayRead = true;
        mayWrite = true;
        return arm();
    }

    public int fd() {
        return fd;
    }

    /** Whether it is still on the loop. */
    public boolean isOpen() {
        return open;
    }

    /** False when it is known that a read would block: then the read need not be tried. */
    public boolean mayRead() {
        return mayRead;
    }

    /** Whether what can be read is known from a poll. If it is not, the next poll reports what there is. */
    public boolean isKnownToBeReadable() {
        return mayRead && reported;
    }

    /** A connection was accepted. */
    public void accepted() {
        if (accepted < SEVERAL) {
            accepted++;
        }
    }

    /** Whether exactly one connection was accepted since the listener was last said to be ready. */
    public boolean hasAcceptedOne() {
        return accepted == 1;
    }

    /** Nothing is left to read: the call said that it would block. */
    public void readWouldBlock() {
        mayRead = shared;
    }

    /** False when it is known that a write would block. */
    public boolean mayWrite() {
        return mayWrite;
    }

    /** There is no room: the call said that it would block, or took less than it was given. */
    public void writeWouldBlock() {
        mayWrite = shared;
    }

    /** Who waits to write is to try again now, whatever the kernel says. */
    public void retryWrites() {
        mayWrite = true;
        Map<Waiter, Integer> others = further.isEmpty() ? NOBODY : new LinkedHashMap<>(further);
        if (writer != null) {
            writer.retryWrite();
        }
        others.forEach((waiter, interest) -> {
            if (interest == WRITE) {
                waiter.retryWrite();
            }
        });
    }

    /** A plain read got less than it asked for, and no control data came with it. */
    public void readShort() {
        if (shortReadEmpties) {
            mayRead = shared;
        }
    }

    /**
     * Lets the waiter wait.
     *
     * @param interest {@link #READ} or {@link #WRITE}
     * @return 0, or {@code -errno} of epoll_ctl(2), and then nobody waits
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
        int result = arm();
        if (result < 0) {
            leave(waiter);
        }
        return result;
    }

    public boolean hasWaiters() {
        return readers > 0 || writers > 0;
    }

    /** Lets a waiter, the only one, wait for this from here on; it stays when it is told. Else as {@link #await}. */
    public int interests(Waiter waiter, boolean read, boolean write) {
        if (!open) {
            return -Errno.EBADF;
        }
        reader = read ? waiter : null;
        readers = read ? 1 : 0;
        writer = write ? waiter : null;
        writers = write ? 1 : 0;
        return arm();
    }

    /** The waiter waits no longer. */
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

    /** Whoever had to wait for room has written what it had: out is of no interest any more, if nobody else waits. */
    public int writesDone() {
        return !open || shared || armed == EDGE_TRIGGERED ? 0 : arm();
    }

    private int arm() {
        int wanted = shared ? SHARED | interests() : EDGE_TRIGGERED | interests() & WRITE;
        if (wanted == armed) {
            return 0;
        }
        int result = poller.modify(this, wanted);
        if (result >= 0) {
            armed = wanted;
        }
        return result;
    }

    private int interests() {
        return (readers > 0 ? READ : 0) | (writers > 0 ? WRITE : 0);
    }

    /** One more, or less, waits with this interest. */
    private void count(int interest, int by) {
        if (interest == READ) {
            readers += by;
        } else {
            writers += by;
        }
    }

    /** An event of this poll. Returns how many waiters it was for. */
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
        int told = tell(reader, events & READ_EVENTS) + tell(writer, events & WRITE_EVENTS);
        if (!further.isEmpty()) {
            for (Map.Entry<Waiter, Integer> other : further.entrySet()) {
                told += tell(other.getKey(), events & (other.getValue() == READ ? READ_EVENTS : WRITE_EVENTS));
            }
        }
        if (shared) {
            rearmForTheRest(events);
        }
        return told;
    }

    private static int tell(Waiter waiter, int events) {
        if (waiter == null || events == 0) {
            return 0;
        }
        waiter.ready(events);
        return 1;
    }

    /** The kernel has disarmed a one-shot registration; those whom this event was not for still wait. */
    private void rearmForTheRest(int events) {
        armed = SHARED;
        int rest = interests() & ~events;
        if ((events & ENDED) != 0 || rest == 0) {
            return;
        }
        if (poller.modify(this, SHARED | rest) >= 0) {
            armed = SHARED | rest;
        } else {
            dispatch(Epoll.EPOLLERR); // closed behind our back: their call will say why
        }
    }

    /** Holds on to whoever watches over the descriptor's user, until it is taken from the loop. */
    public void watchedBy(Reference<?> newWatch) {
        watch = newWatch;
    }

    /** Taken from the loop: all who wait are told, and wait no longer. */
    void end() {
        open = false;
        if (watch != null) {
            watch.clear();
            watch = null;
        }
        Waiter oldReader = reader;
        Waiter oldWriter = writer;
        Map<Waiter, Integer> oldFurther = further;
        reader = null;
        writer = null;
        further = NOBODY;
        if (oldReader != null) {
            oldReader.abandoned();
        }
        if (oldWriter != null) {
            oldWriter.abandoned();
        }
        oldFurther.keySet().forEach(Waiter::abandoned);
    }
}
