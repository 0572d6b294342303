package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.KernelThread;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What ends a run: a stop, no work left, an interrupt, a signal. And which thread a loop belongs to. */
@Timeout(120)
class RunTest {
    private static final Duration NANOSECOND = Duration.ofNanos(1);

    /** Does something while the loop sleeps, or just before: either way it has to end the sleep. Returns its thread. */
    private static Thread whenSleeping(EventLoop loop, Runnable action) {
        CompletableFuture<Void> stepping = new CompletableFuture<>();
        loop.callLater(NANOSECOND, () -> stepping.complete(null));
        return Thread.ofPlatform().start(() -> {
            stepping.join();
            action.run();
        });
    }

    @Test
    void stopFromAnotherThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            whenSleeping(loop, loop::stop);
            loop.run();
        }
    }

    @Test
    void stopFromACallbackEndsAfterTheStep() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] runs = new int[1];
            loop.callSoon(loop::stop);
            loop.callSoon(() -> runs[0]++);
            loop.callSoon(() -> loop.callSoon(() -> runs[0]++));
            loop.run();
            assertEquals(1, runs[0]);
            loop.callSoon(loop::stop);
            loop.run();
            assertEquals(2, runs[0]);
        }
    }

    /** The opener stands for the loop's thread until the loop first runs, so a timer answers it at once. */
    @Test
    void cancelTwiceBeforeTheLoopRuns() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] runs = new int[1];
            Runnable counts = () -> runs[0]++;
            for (Timer timer : List.of(loop.callLater(Duration.ZERO, counts),
                    loop.callAtFixedRate(Duration.ZERO, NANOSECOND, counts),
                    loop.callWithFixedDelay(Duration.ZERO, NANOSECOND, counts))) {
                assertTrue(timer.cancel());
                assertFalse(timer.cancel(), timer::toString);
                timer.reset(Duration.ZERO);
                assertTrue(timer.cancel());
                assertFalse(timer.cancel());
                assertFalse(timer.isPending());
                boolean[] elsewhere = new boolean[1];
                Thread.ofPlatform().start(() -> elsewhere[0] = timer.cancel()).join();
                assertTrue(elsewhere[0], "another thread does not know");
            }
            loop.runUntilDone();
            assertEquals(0, runs[0]);
        }
    }

    @Test
    void stopBeforeRunLetsOneStepHappen() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Thread.ofPlatform().start(loop::stop).join();
            int[] runs = new int[1];
            loop.callSoon(() -> runs[0]++);
            loop.run();
            assertEquals(1, runs[0]);
        }
    }

    /** The thread's interrupt status stays set, as after a select of a Selector. */
    @Test
    void interruptDuringThePollEndsRun() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Thread running = Thread.currentThread();
            whenSleeping(loop, running::interrupt);
            loop.run();
            assertTrue(Thread.interrupted());
            loop.callSoon(loop::stop);
            loop.run();
            assertFalse(Thread.interrupted());
        }
    }

    /** A task that wakes in the same step clears the thread's interrupt status when it is mounted. */
    @Test
    void interruptDuringThePollOutlivesTheWakeOfATask() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Thread running = Thread.currentThread();
            loop.spawn(() -> {
                while (socket.read(ByteBuffer.allocate(8)) > 0) {
                    Thread.onSpinWait();
                }
            });
            loop.step(false); // the task waits from here on, and clears no status until it wakes
            Thread interrupting = whenSleeping(loop, () -> {
                running.interrupt();
                RawSockets.send(ends[1], 1);
            });
            loop.run();
            assertTrue(Thread.interrupted());
            interrupting.join(); // it may not have sent yet
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** Callbacks run on the loop's thread here. A channel of the JDK takes that thread's hook for interrupts away. */
    @Test
    void anInterruptEndsTheSleepAfterACallbackHasReadAChannel(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "text");
        try (EventLoop loop = EventLoop.builder().callbacksOnLoopThread(true).open();
                FileChannel channel = FileChannel.open(file)) {
            CompletableFuture<Integer> read = new CompletableFuture<>();
            loop.callSoon(() -> {
                try {
                    read.complete(channel.read(ByteBuffer.allocate(8)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Thread running = Thread.currentThread();
            KernelThread runningInKernel = KernelThread.current();
            Thread.ofPlatform().start(() -> {
                try {
                    read.join();
                    runningInKernel.awaitSleep();
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                } finally {
                    running.interrupt();
                }
            });
            loop.run();
            assertTrue(Thread.interrupted());
            assertEquals(4, read.join());
        }
    }

    @Test
    void aLoopBelongsToTheThreadThatRunsItFirst() throws Exception {
        EventLoop loop = EventLoop.open();
        int[] runs = new int[1];
        loop.callSoon(() -> runs[0]++);
        Thread.ofPlatform().start(() -> {
            loop.runUntilDone();
            loop.close();
        }).join();
        assertEquals(1, runs[0]);
    }

    /** Two loops on one thread run in turn, and neither in a callback of the other. Each knows its own tasks. */
    @Test
    void twoLoopsOnOneThread() throws Exception {
        try (EventLoop one = EventLoop.open(); EventLoop two = EventLoop.open()) {
            int[] runs = new int[2];
            Task<Void> ofTwo = two.spawn(() -> {
                assertThrows(WrongThreadException.class, () -> one.sleep(NANOSECOND));
                two.sleep(Duration.ZERO);
                runs[1]++;
            });
            one.callSoon(() -> assertThrows(IllegalStateException.class, two::runUntilDone));
            Task<Void> ofOne = one.spawn(() -> {
                one.sleep(Duration.ZERO);
                Thread.ofVirtual().start(() -> one.callSoon(() -> runs[0]++)).join();
                assertThrows(WrongThreadException.class, () -> two.sleep(NANOSECOND));
            });
            while (!ofOne.isDone() || !ofTwo.isDone()) {
                one.step(false);
                two.step(false);
            }
            ofTwo.join();
            ofOne.join();
            assertEquals(List.of(1, 1), List.of(runs[0], runs[1]));
        }
    }

    /** Where callbacks run on the loop's own thread, a callback can run another loop. */
    @Test
    void aLoopRunsInACallbackOfAnother() throws Exception {
        try (EventLoop one = EventLoop.builder().callbacksOnLoopThread(true).open(); EventLoop two = EventLoop.open()) {
            List<String> log = new ArrayList<>();
            two.spawn(() -> log.add("task of two"));
            one.callSoon(() -> {
                assertSame(one, EventLoop.current());
                assertFalse(Thread.currentThread().isVirtual());
                assertThrows(IllegalStateException.class, () -> one.sleep(NANOSECOND));
                two.runUntilDone();
                assertSame(one, EventLoop.current());
                log.add("callback of one");
            });
            one.runUntilDone();
            assertEquals(List.of("task of two", "callback of one"), log);
        }
    }

    /** A task of one loop wakes a task of the other by that loop's inbox. */
    @Test
    void tasksOfTwoLoopsOnTwoThreadsWakeEachOther() throws Exception {
        int rounds = 10_000;
        SynchronousQueue<Integer> queue = new SynchronousQueue<>();
        CountDownLatch opened = new CountDownLatch(1);
        Thread producer = Thread.ofPlatform().start(() -> {
            try (EventLoop loop = EventLoop.open()) {
                opened.countDown();
                loop.spawn(() -> {
                    for (int i = 0; i < rounds; i++) {
                        queue.put(i);
                    }
                });
                loop.runUntilDone();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        opened.await();
        try (EventLoop loop = EventLoop.open()) {
            Task<Integer> consumer = loop.spawn(() -> {
                int sum = 0;
                for (int i = 0; i < rounds; i++) {
                    sum += queue.take() == i ? 1 : 0;
                }
                return sum;
            });
            loop.runUntilDone();
            assertEquals(rounds, consumer.join());
        }
        producer.join();
    }

    @Test
    void signalStopsTheLoopAndIsGivenBack() throws Exception {
        String output = ChildJvm.runWell(List.of(), SignalledLoop.class);
        assertEquals("stopped by INT\nstopped by TERM\n", output);
    }

    /** A process has one handler for a signal. All loops share that handler, in whatever order they open and close. */
    @Test
    void signalStopsAllLoopsThatAskForIt() throws Exception {
        List<String> stopped = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(2);
        for (String name : List.of("one", "two")) {
            threads.add(Thread.ofPlatform().start(() -> {
                try (EventLoop loop = EventLoop.open()) {
                    loop.stopOnSignals("WINCH");
                    loop.callSoon(ready::countDown);
                    loop.run();
                    stopped.add(name);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        try (EventLoop closedBefore = EventLoop.open()) {
            closedBefore.stopOnSignals("WINCH");
        }
        ready.await();
        kill("WINCH");
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(2, stopped.size());
    }

    @Test
    void anotherThreadTakesOverALoopWhoseThreadHasEnded() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Thread.ofPlatform().start(loop::runUntilDone).join();
            loop.callSoon(() -> {});
            loop.runUntilDone();
        }
    }

    /** Sends this process a signal. */
    private static void kill(String signal) {
        try {
            String command = "kill -" + signal + " " + ProcessHandle.current().pid();
            new ProcessBuilder("sh", "-c", command).start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The main class of a child that sends itself signals. */
    public static final class SignalledLoop {
        private SignalledLoop() {}

        /** Prints which signals have stopped its loops. */
        public static void main(String[] arguments) throws Exception {
            for (String signal : List.of("INT", "TERM")) {
                try (EventLoop loop = EventLoop.open()) {
                    loop.stopOnSignals();
                    whenSleeping(loop, () -> kill(signal));
                    loop.run();
                    System.out.println("stopped by " + signal);
                }
            }
        }
    }

    @Test
    void stepResultSaysWhatIsLeft() throws Exception {
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            assertTrue(loop.step(false).done());
            assertEquals(EventLoop.NO_DEADLINE, loop.step(false).sleepNanos());
            assertEquals(EventLoop.NO_DEADLINE, loop.timeoutNanos());
            Timer timer = loop.callLater(Duration.ofNanos(500), () -> {});
            assertEquals(500, loop.step(false).sleepNanos());
            clock.advance(Duration.ofNanos(200));
            assertEquals(300, loop.timeoutNanos());
            assertFalse(loop.step(false).done());
            loop.callSoon(() -> {});
            assertEquals(0, loop.timeoutNanos());
            assertTrue(timer.cancel());
            assertFalse(timer.cancel());
            assertTrue(loop.step(false).done());
            loop.callLater(Duration.ofNanos(Long.MAX_VALUE), () -> {});
            assertTrue(loop.timeoutNanos() > Long.MAX_VALUE / 2);
        }
    }

    @Test
    void timerIsResetInPlace() throws Exception {
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            long[] times = new long[3];
            int[] runs = new int[1];
            Timer[] timer = new Timer[1];
            timer[0] = loop.callLater(Duration.ofNanos(100), () -> {
                times[runs[0]++] = clock.nanoTime();
                if (runs[0] < 3) {
                    timer[0].reset(Duration.ofNanos(50));
                }
            });
            timer[0].reset(Duration.ofNanos(300));
            assertEquals(1, Loop.of(loop).timers().size());
            loop.runUntilDone();
            assertEquals(List.of(300L, 350L, 400L), List.of(times[0], times[1], times[2]));
            assertFalse(timer[0].isPending());
        }
    }
}
