package io.stepoll.watchdog;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Ballast;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * A child's main with a small heap. On a loop, code fills the heap to the last bytes and then waits, for each kind of
 * wait. There is no memory to suspend it, so it waits on the loop's thread, and only the loop could end its wait. The
 * code frees the memory when its wait ends. Each scene runs at least twice: the rehearsal, with room, loads all classes.
 * The watchdog itself may leave some bytes behind for a wait, so the scenes go on until a wait had none.
 */
final class FullHeapUnderWatchdog {
    private static final Duration MOMENT = Duration.ofMillis(5);

    private static boolean full;
    private static boolean lacked; // whether a wait had no memory

    private FullHeapUnderWatchdog() {}

    /** Fills the heap, but not in the rehearsal. */
    private static void fill() {
        if (full) {
            Ballast.fill();
        }
    }

    private static void filled(TaskBody wait) throws Exception {
        try {
            fill();
            wait.run();
        } finally {
            Ballast.free();
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open(); Watchdog watchdog = Watchdog.start(MOMENT, stall -> stall.toString())) {
            watchdog.watch(loop);
            StartingClasses.await();
            scenes(loop);
            full = true;
            while (!lacked) {
                scenes(loop);
            }
        }
        System.out.println("the loop went on");
    }

    private static void scenes(EventLoop loop) throws Exception {
        task(loop, "sleeps", () -> loop.sleep(MOMENT));
        StreamSocket[] pair = StreamSocket.pair(loop);
        loop.callLater(MOMENT, () -> pair[1].close());
        ByteBuffer buffer = ByteBuffer.allocateDirect(8);
        task(loop, "reads", () -> pair[0].read(buffer));
        pair[0].close();
        task(loop, "parks", FullHeapUnderWatchdog::parkUntilInterrupted);
        callback(loop);
        untilThereIsMemory(loop);
    }

    private static void task(EventLoop loop, String name, TaskBody wait) throws Exception {
        Task<Void> task = loop.spawn(name, () -> filled(wait));
        loop.runUntilDone();
        try {
            task.join();
            System.out.println(name + ": went on");
        } catch (ExecutionException e) {
            lacked |= e.getCause() instanceof OutOfMemoryError;
            System.out.println(name + ": " + e.getCause());
        }
    }

    /** As code of the JDK waits: for ever, if nobody interrupts it. */
    private static void parkUntilInterrupted() {
        while (full && !Thread.interrupted()) {
            LockSupport.park();
        }
    }

    private static void callback(EventLoop loop) {
        loop.callSoon(() -> {
            try {
                filled(FullHeapUnderWatchdog::parkUntilInterrupted);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        loop.runUntilDone();
        System.out.println("a callback: went on");
    }

    /**
     * No interrupt ends this wait, and only the loop could. Another thread frees the memory. Then there is memory to
     * suspend the task, and the loop goes on.
     */
    private static void untilThereIsMemory(EventLoop loop) throws Exception {
        CountDownLatch mayFree = new CountDownLatch(1);
        Thread frees = Thread.ofPlatform().start(() -> {
            try {
                mayFree.await();
                Thread.sleep(10 * MOMENT.toMillis()); // the watchdog has looked several times
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            Ballast.free();
        });
        Thread[] waiting = new Thread[1];
        boolean[] mayGoOn = new boolean[1];
        loop.callLater(MOMENT, () -> {
            mayGoOn[0] = true;
            LockSupport.unpark(waiting[0]);
        });
        task(loop, "parks", () -> {
            waiting[0] = Thread.currentThread();
            mayFree.countDown();
            while (!mayGoOn[0]) {
                LockSupport.park();
                Thread.interrupted();
            }
        });
        frees.join();
    }
}
