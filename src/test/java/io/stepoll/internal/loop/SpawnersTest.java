package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.LoopGroup;
import io.stepoll.support.Looks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Four threads spawn without pause, more than their loop can run. A stop and a close end the loop all the same. */
@Timeout(120)
class SpawnersTest {
    private static final int THREADS = 4;

    /** How many items of the queue may run after a stop, and the one that runs at that moment. */
    private static final int MOST_AFTER_STOP = 1000 + 1;

    /** So many are in line before anything happens, beside those that the threads add. */
    private static final int BACKLOG = 20_000;

    private final AtomicInteger begun = new AtomicInteger();
    private final List<Thread> spawners = new ArrayList<>();
    private final List<Throwable> refusals = new ArrayList<>();

    private void spawnWithoutPause(EventLoop loop) throws InterruptedException {
        AtomicInteger spawned = new AtomicInteger();
        for (int i = 0; i < THREADS; i++) {
            spawners.add(Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        loop.spawn(begun::incrementAndGet);
                        spawned.incrementAndGet();
                    }
                } catch (RuntimeException refused) {
                    synchronized (refusals) {
                        refusals.add(refused);
                    }
                }
            }));
        }
        while (spawned.get() < BACKLOG) {
            Thread.onSpinWait();
        }
    }

    private void assertRefused() throws InterruptedException {
        for (Thread spawner : spawners) {
            spawner.join();
        }
        assertEquals(THREADS, refusals.size());
        refusals.forEach(refusal -> assertInstanceOf(LoopClosedException.class, refusal));
    }

    @Test
    void aStopFromAnotherThread() throws Exception {
        int atClose;
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            spawnWithoutPause(loop);
            int[] atStop = new int[1];
            Thread stopper = Thread.ofPlatform().start(() -> {
                while (begun.get() < BACKLOG / 10) {
                    Thread.onSpinWait();
                }
                loop.stop();
                atStop[0] = begun.get();
            });
            loop.run();
            int atReturn = begun.get();
            stopper.join();
            int after = atReturn - atStop[0];
            assertTrue(after <= MOST_AFTER_STOP, () -> after + " tasks began after the stop");
            atClose = begun.get();
        }
        assertEquals(atClose, begun.get(), "a task began after the run, at the close");
        assertRefused();
    }

    /** The stop comes while a step runs what is queued, and the queue is long. */
    @Test
    void aStopByATask() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] atStop = new int[1];
            for (int i = 0; i < 10; i++) {
                loop.callSoon(() -> {});
            }
            loop.spawn(() -> {
                loop.stop();
                atStop[0] = begun.get();
            });
            for (int i = 0; i < BACKLOG; i++) {
                loop.spawn(begun::incrementAndGet);
            }
            spawnWithoutPause(loop);
            loop.run();
            int after = begun.get() - atStop[0];
            assertTrue(after <= MOST_AFTER_STOP, () -> after + " tasks began after the stop");
        }
        assertRefused();
    }

    /** What a stop leaves behind runs in the next run, in its order, and that run is not stopped by the former stop. */
    @Test
    void theRestRunsInTheNextRun() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            List<Integer> order = new ArrayList<>();
            Thread.ofPlatform().start(() -> {
                for (int i = 0; i < BACKLOG; i++) {
                    int number = i;
                    loop.callSoon(() -> order.add(number));
                }
                loop.stop();
            }).join();
            loop.run();
            assertTrue(order.size() <= MOST_AFTER_STOP, () -> order.size() + " callbacks ran");
            loop.runUntilDone();
            assertEquals(BACKLOG, order.size());
            for (int i = 0; i < BACKLOG; i++) {
                assertEquals(i, order.get(i));
            }
        }
    }

    /** A stop that comes behind few callbacks of the same thread lets them run, as ever. */
    @Test
    void whatAThreadQueuesBeforeItsStopRuns() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            int[] ran = new int[1];
            Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 100; i++) {
                    loop.callSoon(() -> ran[0]++);
                }
                loop.stop();
            }).join();
            loop.run();
            assertEquals(100, ran[0]);
        }
    }

    @Test
    void anInterruptOfTheLoopsThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] atInterrupt = new int[1];
            Thread own = Thread.currentThread();
            loop.spawn(() -> {
                own.interrupt();
                atInterrupt[0] = begun.get();
            });
            for (int i = 0; i < BACKLOG; i++) {
                loop.spawn(begun::incrementAndGet);
            }
            loop.run();
            assertTrue(Thread.interrupted());
            int after = begun.get() - atInterrupt[0];
            assertTrue(after <= MOST_AFTER_STOP, () -> after + " tasks began after the interrupt");
        }
    }

    @Test
    void theCloseOfAGroup() throws Exception {
        LoopGroup group = LoopGroup.builder().loops(1).open();
        spawnWithoutPause(group.loop(0));
        Looks.until(() -> begun.get() > BACKLOG / 10);
        group.stop();
        int atStop = begun.get();
        group.close();
        int after = begun.get() - atStop;
        assertTrue(after <= MOST_AFTER_STOP, () -> after + " tasks began after the stop");
        assertRefused();
    }
}
