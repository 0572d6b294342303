package io.stepoll.internal.sys;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The open loops of the process, each by a number. The shim remembers for each OS thread the number of the loop that
 * runs on it, so code on any thread, virtual or not, finds its loop without a lock and without an allocation.
 */
public final class RunningLoops {
    /*
     * The low half of a number is a place in this array, counted from 1. The high half counts the loops that were
     * opened: it distinguishes a loop from an earlier loop in the same place.
     */
    private static final AtomicReference<Place[]> LOOPS = new AtomicReference<>(new Place[0]);
    private static final AtomicInteger OPENED = new AtomicInteger();

    private static final class Place extends WeakReference<Object> {
        private volatile boolean open;

        Place(Object loop) {
            super(loop);
        }
    }

    private RunningLoops() {}

    /** {@return the number of a loop that is being opened} A loop that is no longer reachable loses its place. */
    public static long add(Object loop) {
        Place reference = new Place(loop);
        for (;;) {
            Place[] before = LOOPS.get();
            int place = freePlace(before);
            Place[] after = Arrays.copyOf(before, Math.max(before.length, place + 1));
            after[place] = reference;
            if (LOOPS.compareAndSet(before, after)) {
                return (long) OPENED.incrementAndGet() << Integer.SIZE | place + 1;
            }
        }
    }

    private static int freePlace(Place[] loops) {
        for (int place = 0; place < loops.length; place++) {
            if (loops[place] == null || loops[place].refersTo(null)) {
                return place;
            }
        }
        return loops.length;
    }

    /** The loop of a number is made: {@link #all} has it from now on. */
    public static void opened(long number) {
        LOOPS.get()[(int) number - 1].open = true;
    }

    /** {@return the loops that are open} May be called from any thread. */
    public static List<Object> all() {
        List<Object> loops = new ArrayList<>();
        for (Place place : LOOPS.get()) {
            Object loop = place == null || !place.open ? null : place.get();
            if (loop != null) {
                loops.add(loop);
            }
        }
        return loops;
    }

    /** Frees the place of a loop that is closed. */
    public static void remove(long number, Object loop) {
        int place = (int) number - 1;
        for (;;) {
            Place[] before = LOOPS.get();
            if (before[place] == null || before[place].get() != loop) {
                return;
            }
            Place[] after = before.clone();
            after[place] = null;
            if (LOOPS.compareAndSet(before, after)) {
                return;
            }
        }
    }

    /**
     * {@return the loop that runs on the OS thread of the calling thread; null if none does} May be called from any
     * thread.
     */
    public static Object current() {
        if (!Shim.isLoaded()) {
            return null;
        }
        long number = VirtualThreads.loopOfThread();
        if (number == 0) {
            return null;
        }
        Place loop = LOOPS.get()[(int) number - 1];
        return loop == null ? null : loop.get();
    }
}
