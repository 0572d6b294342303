package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Running and its ends: stop, done, interrupts, signals; and whose thread a loop's is. */
@Timeout(120)
class RunTest {
    /** Does something while the loop sleeps, or just before: what ends the sleep must do so either way. */
    private static void whenSleeping(EventLoop loop, Runnable action) {
        CountDownLatch stepping = new CountDownLatch(1);
        loop.callLater(1, stepping::countDown);
        Thread.ofPlatform().start(() -> {
            try {
                stepping.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
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

    /** The status stays, as with a Selector. */
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

    /** Also where a task that wakes in the same step is mounted, which clears the thread's status. */
    @Test
    void interruptDuringThePollOutlivesAWake() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Thread running = Thread.currentThread();
            loop.spawn(() -> {
                while (loop.recv(socket, ByteBuffer.allocate(8)) > 0) {
                    Thread.onSpinWait();
                }
            });
            loop.step(false); // the task waits from here on: the thread's status is safe until it is woken
            whenSleeping(loop, () -> {
                running.interrupt();
                RawSockets.send(ends[1], 1);
            });
            loop.run();
            assertTrue(Thread.interrupted());
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    @Test
    void aLoopGoesToTheThreadThatRunsItFirst() throws Exception {
        EventLoop loop = EventLoop.open();
        int[] runs = new int[1];
        loop.callSoon(() -> runs[0]++);
        Thread.ofPlatform().start(() -> {
            loop.runUntilDone();
            loop.close();
        }).join();
        assertEquals(1, runs[0]);
    }

    /** Two loops on one thread, in turn and one within the other's callback; each knows its own tasks. */
    @Test
    void twoLoopsOnOneThread() throws Exception {
        try (EventLoop one = EventLoop.open(); EventLoop two = EventLoop.open()) {
            int[] runs = new int[2];
            Task<Void> ofTwo = two.spawn(() -> {
                assertThrows(WrongThreadException.class, () -> one.sleep(1));
                two.sleep(0);
                runs[1]++;
            });
            one.callSoon(two::runUntilDone);
            Task<Void> ofOne = one.spawn(() -> {
                one.sleep(0);
                Thread.ofVirtual().start(() -> one.callSoon(() -> runs[0]++)).join();
                assertThrows(WrongThreadException.class, () -> two.sleep(1));
            });
            one.runUntilDone();
            ofTwo.join();
            ofOne.join();
            assertEquals(List.of(1, 1), List.of(runs[0], runs[1]));
        }
    }

    /** What wakes a task of one loop from a task of another on the same thread goes by the other's inbox. */
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

    /** One process has one handler for a signal; the loops share it, in whatever order they come and go. */
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
        new ProcessBuilder("sh", "-c", "kill -WINCH " + ProcessHandle.current().pid()).start().waitFor();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(2, stopped.size());
    }

    /** Its thread has ended: whoever closes it may. */
    @Test
    void aLoopWhoseThreadHasEndedIsClosedByAnother() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Thread.ofPlatform().start(loop::runUntilDone).join();
            loop.callSoon(() -> {});
            loop.runUntilDone();
        }
    }

    /** A child's main: sends itself signals. */
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

        private static void kill(String signal) {
            try {
                String command = "kill -" + signal + " " + ProcessHandle.current().pid();
                new ProcessBuilder("sh", "-c", command).start().waitFor();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void stepResultTellsWhatIsLeft() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            assertTrue(loop.step(false).done());
            assertEquals(EventLoop.NO_DEADLINE, loop.step(false).sleepNanos());
            assertEquals(EventLoop.NO_DEADLINE, loop.timeoutNanos());
            Timer timer = loop.callLater(500, () -> {});
            assertEquals(500, loop.step(false).sleepNanos());
            clock.advance(200);
            assertEquals(300, loop.timeoutNanos());
            assertFalse(loop.step(false).done());
            loop.callSoon(() -> {});
            assertEquals(0, loop.timeoutNanos());
            assertTrue(timer.cancel());
            assertFalse(timer.cancel());
            assertTrue(loop.step(false).done());
            loop.callLater(Long.MAX_VALUE, () -> {});
            assertTrue(loop.timeoutNanos() > Long.MAX_VALUE / 2);
        }
    }

    @Test
    void timerIsResetInPlace() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            long[] times = new long[3];
            int[] runs = new int[1];
            Timer[] timer = new Timer[1];
            timer[0] = loop.callLater(100, () -> {
                times[runs[0]++] = clock.nanoTime();
                if (runs[0] < 3) {
                    timer[0].reset(50);
                }
            });
            timer[0].reset(300);
            assertEquals(1, loop.reactor().timers.size());
            loop.runUntilDone();
            assertEquals(List.of(300L, 350L, 400L), List.of(times[0], times[1], times[2]));
            assertFalse(timer[0].isPending());
        }
    }
}
