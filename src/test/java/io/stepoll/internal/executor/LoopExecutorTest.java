package io.stepoll.internal.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.timer.TimerQueue;
import io.stepoll.support.LogCapture;
import io.stepoll.support.RunningLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop as an executor, called by other threads, by callbacks and by tasks. */
@Timeout(120)
class LoopExecutorTest {
    private RunningLoop running;
    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void open() {
        running = new RunningLoop();
        loop = running.loop();
        executor = loop.asScheduledExecutor();
    }

    @AfterEach
    void close() {
        running.close();
    }

    private <T> T inCallback(Callable<T> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                result.complete(body.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result.join();
    }

    /** Holds the loop in a callback. Returns the gate: the callback ends when the gate is completed. */
    private CompletableFuture<Void> block() {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<Void> gate = new CompletableFuture<>();
        loop.execute(() -> { // it computes: a callback that waits would hold nothing
            begun.complete(null);
            while (!gate.isDone()) {
                Thread.onSpinWait();
            }
        });
        begun.join();
        return gate;
    }

    @Test
    void theLoopIsAnExecutor() throws Exception {
        assertEquals("running loop", CompletableFuture.supplyAsync(() -> Thread.currentThread().getName(), loop).get());
        running.close();
        RejectedExecutionException refused =
                assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> {}));
        assertTrue(refused.getMessage().contains("is closed"), refused::getMessage);
        assertThrows(NullPointerException.class, () -> loop.execute(null));
    }

    @Test
    void resultsAndExceptions() throws Exception {
        assertEquals(5, executor.submit(() -> 5).get());
        assertEquals("value", executor.submit(() -> {}, "value").get(1, TimeUnit.MINUTES));
        IOException thrown = new IOException("of the callable");
        Future<?> failed = executor.submit(() -> {
            throw thrown;
        });
        assertSame(thrown, assertThrows(ExecutionException.class, failed::get).getCause());
        assertEquals(6, executor.schedule(() -> 6, 1, TimeUnit.MICROSECONDS).get());
        assertThrows(NullPointerException.class, () -> executor.submit((Runnable) null));
        assertThrows(NullPointerException.class, () -> executor.execute(null));
        assertThrows(NullPointerException.class, () -> executor.schedule((Callable<?>) null, 1, TimeUnit.DAYS));
        assertEquals(7, running.call(() -> executor.submit(() -> 7).get()), "a task waits for the result");
    }

    @Test
    void theFailureOfACommandGoesToTheFailureHandler() throws Exception {
        try (LogCapture log = new LogCapture()) {
            IllegalStateException thrown = new IllegalStateException("of the command");
            executor.execute(() -> {
                throw thrown;
            });
            while (log.records().isEmpty()) {
                Thread.onSpinWait();
            }
            assertSame(thrown, log.records().getFirst().getThrown());
            executor.shutdown();
            assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
        }
    }

    @Test
    void theCommandsOfOneThreadRunInOrder() throws Exception {
        int threads = 4;
        int each = 10_000;
        int[] seen = new int[threads];
        AtomicInteger outOfOrder = new AtomicInteger();
        List<Thread> submitters = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            submitters.add(Thread.ofPlatform().start(() -> {
                for (int k = 0; k < each; k++) {
                    int expected = k;
                    executor.execute(() -> {
                        if (seen[number]++ != expected) {
                            outOfOrder.incrementAndGet();
                        }
                    });
                }
            }));
        }
        for (Thread submitter : submitters) {
            submitter.join();
        }
        executor.shutdown();
        assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
        assertEquals(threads * each, seen[0] + seen[1] + seen[2] + seen[3]);
        assertEquals(0, outOfOrder.get());
    }

    @Test
    void invokeAllAndAny() throws Exception {
        List<Callable<Integer>> calls = List.of(() -> 1, () -> {
            throw new IOException("the second");
        }, () -> 3);
        List<Future<Integer>> all = executor.invokeAll(calls);
        assertEquals(1, all.get(0).get());
        assertInstanceOf(IOException.class, assertThrows(ExecutionException.class, () -> all.get(1).get()).getCause());
        assertEquals(3, all.get(2).get());
        assertTrue(List.of(1, 3).contains(executor.invokeAny(calls)));
        assertEquals(3, running.call(() -> executor.invokeAll(calls).get(2).get()), "a task invokes");
        assertTrue(List.of(1, 3).contains(running.call(() -> executor.invokeAny(calls, 1, TimeUnit.MINUTES))));
        CompletableFuture<Void> gate = block();
        assertThrows(TimeoutException.class, () -> executor.invokeAny(calls, 1, TimeUnit.MILLISECONDS));
        executor.invokeAll(calls, 1, TimeUnit.MILLISECONDS).forEach(future -> assertTrue(future.isCancelled()));
        gate.complete(null);
    }

    /** Every method that waits for the loop is refused on the loop's own thread, which would wait for itself. */
    @Test
    void aCallbackMustNotWait() throws Exception {
        List<Callable<Integer>> calls = List.of(() -> 1);
        Future<Integer> later = executor.schedule(() -> 1, 1, TimeUnit.DAYS);
        List<Callable<Object>> waits = List.of(later::get, () -> later.get(1, TimeUnit.DAYS),
                () -> executor.submit(() -> 1).get(), () -> executor.invokeAll(calls),
                () -> executor.invokeAll(calls, 1, TimeUnit.DAYS), () -> executor.invokeAny(calls),
                () -> executor.invokeAny(calls, 1, TimeUnit.DAYS), () -> executor.awaitTermination(1, TimeUnit.DAYS));
        for (Callable<Object> wait : waits) {
            IllegalStateException refused =
                    inCallback(() -> assertThrows(IllegalStateException.class, wait::call));
            assertTrue(refused.getMessage().contains("a callback must not"), refused::getMessage);
        }
        Future<String> done = executor.submit(() -> "done");
        done.get();
        assertEquals("done", inCallback(done::get), "a future that is done needs no wait");
        assertTrue(later.cancel(true));
    }

    /** Removes the timer: on the loop at once, from another thread in the next step. Interrupts no running command. */
    @Test
    void cancel() throws Exception {
        TimerQueue timers = Loop.of(loop).timers();
        ScheduledFuture<?> first = executor.schedule(() -> {}, 1, TimeUnit.DAYS);
        ScheduledFuture<?> second = executor.schedule(() -> {}, 2, TimeUnit.DAYS);
        assertEquals(1, inCallback(timers::size));
        assertTrue(first.cancel(false));
        assertFalse(first.cancel(false));
        assertTrue(first.isCancelled() && first.isDone());
        assertThrows(CancellationException.class, first::get);
        assertEquals(1, inCallback(timers::size), "the timer of the second");
        assertTrue(inCallback(() -> second.cancel(true) && timers.isEmpty()));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        Future<Boolean> runs = executor.submit(() -> {
            begun.countDown();
            while (gate.getCount() > 0) {
                Thread.onSpinWait();
            }
            return true;
        });
        begun.await();
        Future<?> waits = executor.submit(() -> true);
        assertTrue(runs.cancel(true), "drops the result of the running command");
        assertTrue(waits.cancel(true));
        gate.countDown();
        assertThrows(CancellationException.class, runs::get);
        assertFalse(inCallback(Thread::interrupted));
        executor.shutdown();
        assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
    }

    /** Commands that wait still run, periodic ones are cancelled, new ones are refused. The loop goes on. */
    @Test
    void shutdown() throws Exception {
        CompletableFuture<Void> gate = block();
        Future<Integer> queued = executor.submit(() -> 1);
        Future<Integer> delayed = executor.schedule(() -> 2, 10, TimeUnit.MILLISECONDS);
        Future<?> periodic = executor.scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.NANOSECONDS);
        executor.shutdown();
        assertTrue(executor.isShutdown());
        assertFalse(executor.isTerminated());
        assertFalse(executor.awaitTermination(1, TimeUnit.MICROSECONDS));
        assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> {}));
        assertThrows(RejectedExecutionException.class, () -> executor.submit(() -> 1));
        assertThrows(RejectedExecutionException.class, () -> executor.schedule(() -> 1, 1, TimeUnit.DAYS));
        assertThrows(RejectedExecutionException.class,
                () -> executor.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.DAYS));
        gate.complete(null);
        assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
        assertTrue(executor.isTerminated());
        assertEquals(1, queued.get());
        assertEquals(2, delayed.get());
        assertTrue(periodic.isCancelled());
        assertEquals(3, loop.spawn(() -> 3).join());
        executor.shutdown();
        assertEquals(List.of(), executor.shutdownNow());
        assertEquals(4, loop.asScheduledExecutor().submit(() -> 4).get(), "another view of the loop");
    }

    /** Commands that have not begun are returned in order, and do not run. */
    @Test
    void shutdownNow() throws Exception {
        CompletableFuture<Void> gate = block();
        AtomicInteger runs = new AtomicInteger();
        Runnable command = runs::incrementAndGet;
        executor.execute(command);
        Future<?> submitted = executor.submit(command);
        Future<?> delayed = executor.schedule(command, 1, TimeUnit.DAYS);
        List<Runnable> notBegun = executor.shutdownNow();
        assertEquals(List.of(command, submitted, delayed), notBegun);
        assertTrue(executor.isTerminated());
        assertFalse(submitted.isDone());
        gate.complete(null);
        assertTrue(inCallback(Loop.of(loop).timers()::isEmpty));
        assertEquals(0, runs.get());
        notBegun.forEach(Runnable::run);
        assertEquals(3, runs.get());
        assertTrue(delayed.isDone());
    }

    /** Called on the loop, shutdownNow returns all that is queued, even what the loop has taken from its inbox. */
    @Test
    void shutdownNowByACallback() throws Exception {
        Runnable command = () -> {
            throw new AssertionError("shutdownNow has returned this command");
        };
        List<Runnable> notBegun = inCallback(() -> {
            executor.execute(command);
            executor.schedule(command, 0, TimeUnit.DAYS);
            Thread other = Thread.ofPlatform().start(() -> executor.execute(command));
            while (other.isAlive()) {
                Thread.onSpinWait(); // a wait would let the loop run the commands
            }
            List<Runnable> returned = executor.shutdownNow();
            assertTrue(executor.awaitTermination(0, TimeUnit.DAYS));
            return returned;
        });
        assertEquals(3, notBegun.size());
        assertSame(command, notBegun.get(0));
        assertSame(command, notBegun.get(1));
    }

    /** Before the loop's first step, too, shutdownNow returns what the opener has queued. */
    @Test
    void shutdownNowBeforeTheFirstStep() throws Exception {
        Runnable command = () -> {
            throw new AssertionError("shutdownNow has returned this command");
        };
        try (EventLoop fresh = EventLoop.open()) {
            ScheduledExecutorService own = fresh.asScheduledExecutor();
            own.execute(command);
            assertEquals(List.of(command), own.shutdownNow());
            assertTrue(own.isTerminated());
            fresh.step(false);
        }
    }

    /** Whenever shutdownNow comes, each accepted command either runs or is returned. */
    @Test
    void nothingIsLostByShutdownNow() throws Exception {
        for (int round = 0; round < 200; round++) {
            ScheduledExecutorService view = loop.asScheduledExecutor();
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            Thread submitter = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0;; i++) {
                        if (i % 2 == 0) {
                            view.execute(runs::incrementAndGet);
                        } else {
                            view.schedule(runs::incrementAndGet, i, TimeUnit.NANOSECONDS);
                        }
                        accepted.incrementAndGet();
                        begun.countDown();
                    }
                } catch (RejectedExecutionException shutDown) {
                    // the submits end here
                }
            });
            begun.await();
            int returned = view.shutdownNow().size();
            submitter.join();
            assertTrue(view.awaitTermination(1, TimeUnit.MINUTES));
            assertEquals(accepted.get(), runs.get() + returned, "round " + round);
        }
    }

    @Test
    void badArguments() {
        assertThrows(IllegalArgumentException.class,
                () -> executor.scheduleAtFixedRate(() -> {}, 1, 0, TimeUnit.SECONDS));
        assertThrows(IllegalArgumentException.class,
                () -> executor.scheduleWithFixedDelay(() -> {}, 1, -1, TimeUnit.SECONDS));
        assertThrows(NullPointerException.class, () -> executor.scheduleAtFixedRate(null, 1, 1, TimeUnit.SECONDS));
    }

    /** The close ends all waits for the executor and its futures. Afterwards the executor is as after its shutdown. */
    @Test
    void closingTheLoopEndsTheExecutor() throws Exception {
        Future<Integer> delayed = executor.schedule(() -> 1, 1, TimeUnit.DAYS);
        Future<?> periodic = executor.scheduleWithFixedDelay(() -> {}, 0, 1, TimeUnit.DAYS);
        List<Thread> waiting = new ArrayList<>();
        List<Throwable> ends = new ArrayList<>();
        for (Future<?> future : List.of(delayed, periodic)) {
            waiting.add(Thread.ofPlatform().start(() -> {
                Throwable end = assertThrows(CancellationException.class, future::get);
                synchronized (ends) {
                    ends.add(end);
                }
            }));
        }
        Thread terminating = Thread.ofPlatform().start(() -> {
            try {
                assertTrue(executor.awaitTermination(1, TimeUnit.DAYS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        running.close();
        for (Thread thread : waiting) {
            thread.join();
        }
        terminating.join();
        assertEquals(2, ends.size());
        assertTrue(executor.isTerminated() && executor.isShutdown());
        assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> {}));
        assertThrows(RejectedExecutionException.class, () -> executor.schedule(() -> {}, 0, TimeUnit.DAYS));
        assertEquals(List.of(), executor.shutdownNow());
        executor.close();
        assertTrue(loop.asScheduledExecutor().isTerminated(), "the executor of a closed loop");
    }

    /** Whenever the close comes, each accepted command's future is done afterwards. */
    @SuppressWarnings("try") // the test closes the loop itself, and the end of the scope closes it again
    @Test
    void schedulingDuringCloseEndsOrIsRefused() throws Exception {
        for (int round = 0; round < 100; round++) {
            try (RunningLoop other = new RunningLoop()) {
                ScheduledExecutorService view = other.loop().asScheduledExecutor();
                List<Future<?>> accepted = new ArrayList<>();
                CountDownLatch begun = new CountDownLatch(1);
                Thread submitter = Thread.ofPlatform().start(() -> {
                    try {
                        for (int i = 0;; i++) {
                            accepted.add(view.schedule(() -> {}, i % 3, TimeUnit.MINUTES));
                            accepted.add(view.submit(() -> {}));
                            begun.countDown();
                        }
                    } catch (RejectedExecutionException closed) {
                        // the submits end here
                    }
                });
                begun.await();
                other.close();
                submitter.join();
                for (Future<?> future : accepted) {
                    assertTrue(future.isDone(), "round " + round);
                }
                assertTrue(view.isTerminated());
            }
        }
    }
}
