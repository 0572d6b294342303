package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop as an executor whose commands may wait, and as a factory of threads. */
@Timeout(60)
class TaskExecutorTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final VirtualClock clock = VirtualClock.create();
    private EventLoop loop;
    private ExecutorService executor;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock).open();
        executor = loop.asTaskExecutor();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private String sleepAnHour() {
        try {
            loop.sleep(HOUR);
            return EventLoop.current() == loop && Task.current() != null ? "in a task" : "elsewhere";
        } catch (InterruptedException e) {
            return "interrupted";
        }
    }

    @Test
    void commandsWaitSideBySide() throws Exception {
        List<CompletableFuture<String>> results = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            results.add(CompletableFuture.supplyAsync(this::sleepAnHour, executor));
        }
        loop.runUntilDone();
        for (CompletableFuture<String> result : results) {
            assertEquals("in a task", result.get());
        }
        assertEquals(HOUR.toNanos(), clock.nanoTime());
    }

    /** Tasks and other threads wait for the futures, and for the end of the executor. */
    @Test
    void theExecutorIsTheJdks() throws Exception {
        List<Object> results = new ArrayList<>();
        Callable<Void> uses = () -> {
            try (ExecutorService own = loop.asTaskExecutor()) {
                own.submit(this::sleepAnHour);
                results.add(own.submit(this::sleepAnHour).get());
                List<Callable<String>> both = List.of(this::sleepAnHour, this::sleepAnHour);
                for (Future<String> one : own.invokeAll(both)) {
                    results.add(one.get());
                }
                results.add(own.invokeAny(both));
                results.add(assertThrows(ExecutionException.class, () -> own.submit(() -> {
                    throw new IllegalStateException("broken");
                }).get()).getCause().getMessage());
                own.shutdown();
                assertThrows(RejectedExecutionException.class, () -> own.execute(() -> {}));
            } // waits until the commands have ended
            loop.stop();
            return null;
        };
        Task<Void> task = loop.spawn(uses);
        loop.run();
        task.join();
        CompletableFuture<Void> elsewhere = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                elsewhere.complete(uses.call());
            } catch (Throwable e) {
                elsewhere.completeExceptionally(e);
            }
        });
        loop.run();
        elsewhere.get();
        List<String> expected = List.of("in a task", "in a task", "in a task", "in a task", "broken");
        assertEquals(expected, results.subList(0, 5));
        assertEquals(expected, results.subList(5, 10));
        loop.spawn(() -> {}); // the executors are shut down, and the loop goes on
        loop.runUntilDone();
    }

    @Test
    void cancellingAFutureAndShutdownNowInterruptTheTasks() throws Exception {
        List<String> ends = new ArrayList<>();
        Future<?> future = executor.submit(() -> ends.add("submitted: " + sleepAnHour()));
        executor.execute(() -> ends.add("executed: " + sleepAnHour()));
        loop.step(false);
        assertTrue(future.cancel(true));
        loop.step(false);
        assertEquals(List.of("submitted: interrupted"), ends);
        assertEquals(List.of(), executor.shutdownNow());
        loop.runUntilDone();
        assertEquals(List.of("submitted: interrupted", "executed: interrupted"), ends);
        assertTrue(executor.isTerminated());
        assertEquals(0, clock.nanoTime());
    }

    /** One command has begun at the close, another one has not. Both end, and their futures say how. */
    @Test
    void theCloseOfTheLoopEndsTheCommands() throws Exception {
        Callable<Void> waits = () -> {
            loop.sleep(HOUR);
            return null;
        };
        Future<Void> begun = executor.submit(waits);
        loop.step(false);
        Future<Void> queued = executor.submit(waits);
        CompletableFuture<Boolean> async = CompletableFuture.supplyAsync(
                () -> Thread.currentThread().isInterrupted(), executor);
        loop.close();
        assertInstanceOf(LoopClosedException.class, assertThrows(ExecutionException.class, begun::get).getCause());
        assertInstanceOf(InterruptedException.class, assertThrows(ExecutionException.class, queued::get).getCause());
        assertTrue(async.get());
        assertThrows(RejectedExecutionException.class, () -> executor.execute(() -> {}));
        assertThrows(RejectedExecutionException.class, () -> executor.submit(waits));
        assertThrows(RejectedExecutionException.class, () -> loop.asTaskExecutor().submit(waits));
        assertNull(loop.taskThreadFactory().newThread(() -> {}));
        executor.close();
        assertTrue(executor.isTerminated());
    }

    /** A thread that is started when its loop is closed runs its body on a late thread, off the loop. */
    @Test
    void aThreadThatIsStartedAfterTheCloseRunsInterrupted() throws Exception {
        CompletableFuture<List<Object>> seen = new CompletableFuture<>();
        Thread late = loop.taskThreadFactory().newThread(() -> {
            List<Object> values = new ArrayList<>();
            values.add(Thread.currentThread().isInterrupted());
            values.add(EventLoop.current());
            seen.complete(values);
        });
        loop.close();
        late.start();
        late.join();
        assertEquals(true, seen.get().getFirst());
        assertNull(seen.get().getLast());
    }

    @Test
    void theFactoryMakesThreadsThatOthersStart() throws Exception {
        List<Object> log = new ArrayList<>();
        ThreadFactory factory = loop.taskThreadFactory();
        Thread[] threads = new Thread[3];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = factory.newThread(() -> log.add(Thread.currentThread().getName() + sleepAnHour()));
            threads[i].setName("thread " + i + " ");
        }
        loop.runUntilDone(); // nothing is left to do: none was started
        assertEquals(Thread.State.NEW, threads[0].getState());
        threads[0].start();
        loop.spawn(() -> threads[1].start());
        loop.runUntilDone();
        CountDownLatch ended = new CountDownLatch(1);
        Thread.ofPlatform().start(() -> {
            threads[2].interrupt();
            threads[2].start();
            ended.countDown();
        });
        ended.await();
        loop.runUntilDone();
        assertEquals(List.of("thread 1 in a task", "thread 0 in a task", "thread 2 interrupted"), log, "newest first");
    }

    @Test
    void theForksOfAStructuredTaskScopeAreTasks() throws Exception {
        assertEquals("a fork is a task: true\n", ChildJvm.runSource("/preview/ScopeOfTasks.java"));
    }

    /** Of a thread that nobody joins the failure is logged, as that of any task. */
    @Test
    void theFailureOfAThreadIsThatOfATask() throws Exception {
        try (LogCapture captured = new LogCapture()) {
            executor.execute(() -> {
                assertSame(loop, EventLoop.current());
                throw new IllegalStateException("broken");
            });
            loop.runUntilDone();
            loop.close();
            assertEquals(1, captured.messages().size(), captured.messages()::toString);
            assertFalse(captured.messages().getFirst().isEmpty());
        }
    }

    /** A task that outlives its loop, as a monitor held it, still has its failure told. */
    @Test
    void aFailureAfterTheCloseIsLogged() throws Exception {
        Object monitor = new Object();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform().start(() -> {
            synchronized (monitor) {
                held.countDown();
                try {
                    closed.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        held.await();
        try (LogCapture log = new LogCapture()) {
            EventLoop loop = EventLoop.open();
            loop.asTaskExecutor().execute(() -> {
                synchronized (monitor) {
                    throw new IllegalStateException("late");
                }
            });
            loop.step(false);
            loop.close();
            closed.countDown();
            Looks.until(() -> log.messages().stream().anyMatch(text -> text.contains("nobody can join it")));
        } finally {
            closed.countDown();
            holder.join();
        }
    }
}
