package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.RunningLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Blocking work on other threads. */
@Timeout(60)
class OffloadTest {
    private RunningLoop running;
    private EventLoop loop;

    @BeforeEach
    void open() {
        running = new RunningLoop();
        loop = running.loop();
    }

    @AfterEach
    void close() {
        running.close();
    }

    private Throwable failureOf(Task<?> task) {
        return assertThrows(ExecutionException.class, task::join).getCause();
    }

    /** The loop goes on during the work: a callback of the loop ends the work. */
    @Test
    void theLoopGoesOn() throws Exception {
        CompletableFuture<Thread> worker = new CompletableFuture<>();
        CountDownLatch gate = new CountDownLatch(1);
        Task<String> task = loop.spawn(() -> loop.offload(() -> {
            worker.complete(Thread.currentThread());
            gate.await();
            return "result";
        }));
        assertTrue(worker.join().isDaemon() && !worker.join().isVirtual());
        loop.callSoon(gate::countDown);
        assertEquals("result", task.join());
        List<Thread> used = new ArrayList<>();
        Executor own = work -> used.add(Thread.ofPlatform().name("own").start(work));
        assertEquals("own", running.call(() -> loop.offload(own, () -> Thread.currentThread().getName())));
        used.getFirst().join();
    }

    @Test
    void theExceptionOfTheWorkIsTheCause() throws Exception {
        IOException thrown = new IOException("of the work");
        Task<Object> task = loop.spawn(() -> loop.offload(() -> {
            throw thrown;
        }));
        assertSame(thrown, assertInstanceOf(ExecutionException.class, failureOf(task)).getCause());
        RejectedExecutionException rejected = new RejectedExecutionException("full");
        Executor full = work -> {
            throw rejected;
        };
        assertSame(rejected, failureOf(loop.spawn(() -> loop.offload(full, () -> 1))));
    }

    /** An executor that runs the work on the loop would block the loop. The call fails, and the work does not run. */
    @Test
    void workOnTheLoopItselfIsRefused() throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        for (Executor wrong : List.<Executor>of(Runnable::run, loop, work -> loop.spawn(work::run))) {
            Task<Object> task = loop.spawn(() -> loop.offload(wrong, () -> {
                ran.set(true);
                return null;
            }));
            Throwable cause = assertInstanceOf(ExecutionException.class, failureOf(task)).getCause();
            assertTrue(cause.getMessage().contains("runs on the loop itself"), cause::toString);
        }
        assertFalse(ran.get());
        CompletableFuture<Throwable> inCallback = new CompletableFuture<>();
        loop.callSoon(() -> inCallback.complete(
                assertThrows(IllegalStateException.class, () -> loop.offload(() -> 1))));
        assertTrue(inCallback.join().getMessage().contains("call it in a task"));
        assertThrows(WrongThreadException.class, () -> loop.offload(() -> 1));
    }

    @Test
    void theWorkGetsTheInterrupt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Throwable> inWork = new CompletableFuture<>();
        Task<Object> task = loop.spawn(() -> loop.offload(() -> {
            begun.countDown();
            try {
                Thread.sleep(Long.MAX_VALUE); // until the interrupt
                return null;
            } catch (InterruptedException e) {
                inWork.complete(e);
                throw e;
            }
        }));
        begun.await();
        task.cancel();
        Throwable end = assertThrows(CancellationException.class, task::join).getCause();
        assertSame(inWork.join(), assertInstanceOf(InterruptedException.class, end).getCause());
    }

    /** Work that ends normally in spite of the interrupt does not lose its result. */
    @Test
    void theResultOfInterruptedWorkIsNotLost() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean statusAfterwards = new AtomicBoolean();
        Task<String> task = loop.spawn(() -> {
            String result = loop.offload(() -> {
                begun.countDown();
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
                return "all the same";
            });
            statusAfterwards.set(Thread.interrupted());
            return result;
        });
        begun.await();
        task.cancel();
        assertEquals("all the same", task.join());
        assertTrue(statusAfterwards.get());
        assertFalse(running.call(() -> loop.offload(Thread::interrupted)), "the worker thread is still interrupted");
    }

    /** Work whose task is interrupted before never begins. */
    @Test
    void anInterruptBeforeTheWorkBegins() throws Exception {
        List<Runnable> queue = new ArrayList<>();
        CountDownLatch queued = new CountDownLatch(1);
        AtomicBoolean ran = new AtomicBoolean();
        Task<Object> task = loop.spawn(() -> loop.offload(work -> {
            queue.add(work);
            queued.countDown();
        }, () -> {
            ran.set(true);
            return null;
        }));
        queued.await();
        task.cancel();
        assertThrows(CancellationException.class, task::join);
        queue.getFirst().run();
        assertFalse(ran.get());
        Task<Object> interrupted = loop.spawn(() -> {
            Thread.currentThread().interrupt();
            return loop.offload(queue::add, () -> null);
        });
        assertInstanceOf(InterruptedException.class, failureOf(interrupted));
        assertEquals(1, queue.size());
    }
}
