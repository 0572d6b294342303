package io.stepoll.internal.sys;

import java.lang.ref.WeakReference;
import java.util.Arrays;
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
    private static final AtomicReference<WeakReference<?>[]> LOOPS = new AtomicReference<>(new WeakReference<?>[0]);
    private static final AtomicInteger OPENED = new AtomicInteger();

    private RunningLoops() {}

    /** {@return the number of a loop that is being opened} A loop that is no longer reachable loses its place. */
    public static long add(Object loop) {
        WeakReference<?> reference = new WeakReference<>(loop);
        for (;;) {
            WeakReference<?>[] before = LOOPS.get();
            int place = freePlace(before);
            WeakReference<?>[] after = Arrays.copyOf(before, Math.max(before.length, place + 1));
            after[place] = reference;
            if (LOOPS.compareAndSet(before, after)) {
                return (long) OPENED.incrementAndGet() << Integer.SIZE | place + 1;
            }
        }
    }

    private static int freePlace(WeakReference<?>[] loops) {
        for (int place = 0; place < loops.length; place++) {
            if (loops[place] == null || loops[place].refersTo(null)) {
                return place;
            }
        }
        return loops.length;
    }

    /** Frees the place of a loop that is closed. */
    public static void remove(long number, Object loop) {
        int place = (int) number - 1;
        for (;;) {
            WeakReference<?>[] before = LOOPS.get();
            if (before[place] == null || before[place].get() != loop) {
                return;
            }
            WeakReference<?>[] after = before.clone();
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
        WeakReference<?> loop = LOOPS.get()[(int) number - 1];
        return loop == null ? null : loop.get();
    }
}
