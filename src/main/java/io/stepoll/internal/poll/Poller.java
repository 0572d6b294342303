package io.stepoll.internal.poll;

import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One epoll(7) instance, its array of events and its registrations.
 *
 * <p>An event carries the slot of its registration and the generation of that slot. The slot is the registration's
 * index. The generation shows whether the event was meant for an earlier descriptor in the same slot: then the event is
 * dropped.
 *
 * <p>Only the loop's thread uses a poller, except for the poller's {@link Wakeup}.
 */
public final class Poller {
    /** A poll timeout without end: the poll sleeps until there is an event. */
    public static final long FOREVER = Long.MAX_VALUE;

    private static final int WAKEUP_SLOT = 0;
    private static final int FIRST_CAPACITY = 256;
    private static final int LARGEST_CAPACITY = 1 << 16;
    private static final int FIRST_SLOTS = 16;
    private static final int NO_SLOT = -1;

    private final int epfd;
    private final Wakeup wakeup;
    private final Interruption interruption;
    private ByteBuffer events;
    private long eventsAddress;
    private int capacity;

    private Registration[] slots = new Registration[FIRST_SLOTS];
    private int[] generations = new int[FIRST_SLOTS];
    /** For each free slot the next free slot. Slots are reused, so the arrays stay short and dense. */
    private int[] nextFree = new int[FIRST_SLOTS];

    private int firstFree = NO_SLOT;
    private int usedSlots = WAKEUP_SLOT + 1;

    private final LoopCounters counters = new LoopCounters();

    private Poller(int epfd, int eventfd, long eventsAddress) {
        this.epfd = epfd;
        wakeup = new Wakeup(eventfd);
        interruption = new Interruption(wakeup);
        useEvents(eventsAddress, FIRST_CAPACITY);
    }

    /** What {@link #open} returns: the poller, or the call that failed and its errno. */
    public record Opened(Poller poller, String call, int errno) {}

    public static Opened open() {
        int epfd = Epoll.create();
        if (epfd < 0) {
            return new Opened(null, "epoll_create1", -epfd);
        }
        int eventfd = Descriptors.eventfd();
        if (eventfd < 0) {
            Descriptors.close(epfd);
            return new Opened(null, "eventfd", -eventfd);
        }
        String call = "epoll_ctl";
        long result = Epoll.ctl(epfd, Epoll.CTL_ADD, eventfd, Epoll.EPOLLIN | Epoll.EPOLLET, WAKEUP_SLOT);
        if (result == 0) {
            call = "write";
            result = Wakeup.tryWrite(eventfd);
        }
        if (result == 0) {
            call = "malloc";
            result = allocateEvents(FIRST_CAPACITY);
        }
        if (result < 0) {
            Descriptors.close(eventfd);
            Descriptors.close(epfd);
            return new Opened(null, call, (int) -result);
        }
        return new Opened(new Poller(epfd, eventfd, result), "", 0);
    }

    /**
     * Not as a direct buffer of the JDK's, which takes a lock to register its memory: the loop's thread may have to
     * wait for that behind a task of its own.
     */
    private static long allocateEvents(int count) {
        return Epoll.allocate((long) count * Epoll.EVENT_SIZE);
    }

    private void useEvents(long address, int count) {
        events = asBuffer(address, count);
        capacity = count;
        eventsAddress = address;
    }

    @SuppressWarnings("restricted") // the memory is the shim's
    private static ByteBuffer asBuffer(long address, int count) {
        return MemorySegment.ofAddress(address).reinterpret((long) count * Epoll.EVENT_SIZE).asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    /** If there is no memory, of either kind, the array stays as it is, and the next poll reports the other events. */
    private void growEvents() {
        int count = capacity << 1;
        long larger = allocateEvents(count);
        if (larger < 0) {
            return;
        }
        long smaller = eventsAddress;
        try {
            useEvents(larger, count);
        } catch (OutOfMemoryError full) {
            Epoll.free(larger);
            return;
        }
        Epoll.free(smaller);
    }

    /** The current thread begins to run the loop: an interrupt of it ends a sleep from now on. */
    public void beginRun() {
        interruption.beginRun();
    }

    /** Sets the hook for interrupts again, which code on the loop's thread may have taken away. */
    public void renewRun() {
        interruption.renewRun();
    }

    /** The current thread runs the loop no more. */
    public void endRun() {
        interruption.endRun();
    }

    /** Whether the loop's thread was interrupted since it began to run the loop. */
    public boolean isInterrupted() {
        return interruption.isInterrupted();
    }

    /** The epoll descriptor. It is readable when an event is pending. */
    public int fd() {
        return epfd;
    }

    public Wakeup wakeup() {
        return wakeup;
    }

    /** How many polls there were. From any thread. */
    public long polls() {
        return counters.count(LoopCounters.POLLS);
    }

    /** How many events the polls have reported. From any thread. */
    public long dispatched() {
        return counters.count(LoopCounters.EVENTS);
    }

    /** What the loop counts: its polls and events, and all that the rooms above count. */
    public LoopCounters counters() {
        return counters;
    }

    /**
     * Adds a descriptor.
     *
     * @param shared whether the registration is shared; see {@link Registration}
     * @return the slot of the registration, or {@code -errno} of epoll_ctl(2)
     */
    public int register(int fd, boolean shared) {
        return register(fd, shared, null);
    }

    /**
     * Adds a socket that other threads and loops use as well; see {@link Registration}.
     *
     * @param lender is told when the socket has left the loop
     * @return the slot of the registration, or {@code -errno} of epoll_ctl(2)
     */
    public int registerLent(int fd, Runnable lender) {
        return register(fd, false, lender);
    }

    private int register(int fd, boolean shared, Runnable lender) {
        int slot = takeSlot();
        Registration registration = new Registration(this, fd, slot, generations[slot], shared, lender);
        int result = Epoll.ctl(epfd, Epoll.CTL_ADD, fd, registration.armed(), data(registration));
        if (result < 0) {
            freeSlot(slot);
            return result;
        }
        slots[slot] = registration;
        counters.increment(LoopCounters.DESCRIPTORS);
        return slot;
    }

    public Registration registration(int slot) {
        return slots[slot];
    }

    /** The registration of a descriptor, found by a search through all slots; null if there is none. */
    public Registration find(int fd) {
        for (int slot = 0; slot < usedSlots; slot++) {
            if (slots[slot] != null && slots[slot].fd() == fd) {
                return slots[slot];
            }
        }
        return null;
    }

    int modify(Registration registration, int armed) {
        return Epoll.ctl(epfd, Epoll.CTL_MOD, registration.fd(), armed, data(registration));
    }

    /**
     * Takes a descriptor off the loop, and notifies its waiters of that. Events of the descriptor that epoll has
     * reported or will report are dropped.
     *
     * @param closing whether the caller closes the descriptor at once. The close of an owned descriptor removes it from
     *     epoll as well. A shared descriptor stays open elsewhere, and epoll would go on reporting its events.
     */
    public void deregister(Registration registration, boolean closing) {
        if (slots[registration.slot] != registration) {
            return;
        }
        if (!closing || registration.isShared()) {
            Epoll.ctl(epfd, Epoll.CTL_DEL, registration.fd(), 0, 0); // fails only if closed behind the loop's back
        }
        slots[registration.slot] = null;
        counters.add(LoopCounters.DESCRIPTORS, -1);
        freeSlot(registration.slot);
        registration.end();
    }

    /**
     * Polls once, and notifies the waiters of the descriptors that are ready. A signal ends the poll early.
     *
     * @param timeoutNanos how long to sleep for an event; 0 does not sleep
     * @return how many waiters were notified, or {@code -errno} of epoll_wait(2)
     */
    public int poll(long timeoutNanos) {
        counters.increment(LoopCounters.POLLS);
        int count = Epoll.await(epfd, eventsAddress, capacity, timeoutNanos == FOREVER ? -1 : timeoutNanos);
        if (count < 0) {
            return count == -Errno.EINTR ? 0 : count;
        }
        int notified = 0;
        for (int i = 0; i < count; i++) {
            notified += dispatch(i * Epoll.EVENT_SIZE);
        }
        if (count > 0) {
            counters.add(LoopCounters.EVENTS, count);
        }
        if (count == capacity && capacity < LARGEST_CAPACITY) {
            growEvents();
        }
        return notified;
    }

    private int dispatch(int event) {
        long data = events.getLong(event + Epoll.DATA_OFFSET);
        Registration registration = slots[(int) data];
        if (registration == null || registration.generation != (int) (data >>> Integer.SIZE)) {
            return 0; // the wake-up, or a descriptor that has left the loop
        }
        return registration.dispatch(events.getInt(event + Epoll.EVENTS_OFFSET));
    }

    private static long data(Registration registration) {
        return registration.slot | (long) registration.generation << Integer.SIZE;
    }

    private int takeSlot() {
        if (firstFree != NO_SLOT) {
            int slot = firstFree;
            firstFree = nextFree[slot];
            return slot;
        }
        if (usedSlots == slots.length) {
            Registration[] moreSlots = Arrays.copyOf(slots, usedSlots << 1);
            int[] moreGenerations = Arrays.copyOf(generations, usedSlots << 1);
            nextFree = Arrays.copyOf(nextFree, usedSlots << 1); // all three or, for want of memory, none
            generations = moreGenerations;
            slots = moreSlots;
        }
        return usedSlots++;
    }

    private void freeSlot(int slot) {
        generations[slot]++;
        nextFree[slot] = firstFree;
        firstFree = slot;
    }

    /** Calls the consumer for each registration. The consumer may deregister it. */
    public void forEach(Consumer<Registration> consumer) {
        for (int slot = 0; slot < usedSlots; slot++) {
            if (slots[slot] != null) {
                consumer.accept(slots[slot]);
            }
        }
    }

    /**
     * Copies the list of the registrations. Another thread may call it while the loop stands still; if the loop goes on
     * meanwhile, some may be missing.
     */
    public List<Registration> registrations() {
        Registration[] all = slots;
        List<Registration> copied = new ArrayList<>();
        for (int slot = 0; slot < Math.min(usedSlots, all.length); slot++) {
            Registration registration = all[slot];
            if (registration != null) {
                copied.add(registration);
            }
        }
        return copied;
    }

    /** Closes epoll and the wake-up. All registrations have been removed before. */
    public void close() {
        wakeup.close();
        Descriptors.close(epfd);
        Epoll.free(eventsAddress);
    }
}
