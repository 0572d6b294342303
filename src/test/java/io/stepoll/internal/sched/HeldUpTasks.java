package io.stepoll.internal.sched;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.threads.PollerThreads;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Tasks on a JDK whose virtual threads wait for a monitor before their bodies. Runs in a JVM of its own. */
final class HeldUpTasks {
    /** A class that nobody locks. */
    static final Class<?> MONITOR = java.util.Locale.IsoCountryCode.class;

    private static final long TIME_TO_RETURN_MILLIS = 500;

    private HeldUpTasks() {}

    public static void main(String[] arguments) throws Exception {
        PollerThreads.await();
        try (EventLoop loop = EventLoop.open()) {
            Task<Void> task = runWhileHeld(loop, () -> loop.spawn(() -> System.out.println("task")));
            System.out.println("done: " + task.isDone());
            task = runWhileHeld(loop, () -> spawnElsewhere(loop));
            System.out.println("done: " + task.isDone());
            task = runWhileHeld(loop, () -> {
                Task<Void> cancelled = loop.spawn(() -> System.out.println("not cancelled"));
                cancelled.cancel();
                return cancelled;
            });
            System.out.println("cancelled: " + (task.state() == Task.State.CANCELLED));
        }
    }

    private interface Spawn {
        Task<Void> spawn() throws Exception;
    }

    /** Holds the monitor until the loop is done, or for long enough for a loop that takes a held up task for none. */
    private static Task<Void> runWhileHeld(EventLoop loop, Spawn spawn) throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch returned = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform().start(() -> {
            synchronized (MONITOR) {
                held.countDown();
                try {
                    returned.await(TIME_TO_RETURN_MILLIS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });
        held.await();
        Task<Void> task = spawn.spawn();
        loop.runUntilDone();
        returned.countDown();
        holder.join();
        return task;
    }

    private static Task<Void> spawnElsewhere(EventLoop loop) throws InterruptedException {
        AtomicReference<Task<Void>> spawned = new AtomicReference<>();
        Thread.ofPlatform().start(() -> spawned.set(loop.spawn(() -> System.out.println("task of another thread"))))
                .join();
        return spawned.get();
    }
}
