package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.stepoll.Task;
import io.stepoll.support.LogCapture;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A task as a CompletableFuture, and the name of its thread. */
@Timeout(60)
class TaskFutureTest extends VirtualTimeFixture {
    @Test
    void theThreadOfTheTaskCompletesTheFuture() throws Exception {
        Task<String> task = loop.spawn(() -> "result");
        CompletableFuture<String> future = task.toCompletableFuture();
        assertSame(future, task.toCompletableFuture());
        Object[] seen = new Object[2];
        CompletableFuture<String> after = future.thenApply(result -> {
            seen[0] = Thread.currentThread();
            seen[1] = task.state();
            sleepAnHour(); // may wait, and counts as work left
            return "after " + result;
        });
        assertFalse(future.isDone());
        loop.runUntilDone();
        assertEquals("after result", after.get());
        assertEquals(List.of(task.thread(), Task.State.SUCCEEDED), List.of(seen));
        assertEquals(HOUR.toNanos(), clock.nanoTime());
    }

    private void sleepAnHour() {
        try {
            loop.sleep(HOUR);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFutureAskedForAfterTheEnd() throws Exception {
        Task<String> task = loop.spawn(() -> "result");
        Task<String> cancelled = loop.spawn(() -> "never");
        cancelled.cancel();
        loop.runUntilDone();
        assertEquals("result", task.toCompletableFuture().getNow(null));
        assertTrue(cancelled.toCompletableFuture().isCancelled());
    }

    @Test
    void theFutureGetsTheFailure() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Task<String> task = loop.spawn(() -> {
                throw new IOException("broken");
            });
            CompletableFuture<String> future = task.toCompletableFuture();
            loop.runUntilDone();
            assertEquals("broken", assertThrows(ExecutionException.class, future::get).getCause().getMessage());
            assertEquals("broken", assertThrows(ExecutionException.class, task::join).getCause().getMessage());
            loop.close();
            assertEquals(List.of(), log.messages());
        }
    }

    /** The future is complete at once, the task after its cleanup. */
    @Test
    void cancellingTheFutureCancelsTheTask() throws Exception {
        Task<String> task = loop.spawn(() -> {
            try {
                loop.sleep(DAY);
                return "never";
            } finally {
                loop.sleep(HOUR);
            }
        });
        CompletableFuture<String> future = task.toCompletableFuture();
        loop.step(false);
        assertTrue(future.cancel(true));
        assertTrue(future.isCancelled());
        assertEquals(Task.State.RUNNING, task.state());
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task.state());
        assertEquals(HOUR.toNanos(), clock.nanoTime());
        assertThrows(CancellationException.class, task::join);
    }

    @Test
    void cancellingTheTaskCancelsTheFuture() throws Exception {
        Task<Void> running = loop.spawn(() -> loop.sleep(DAY));
        loop.step(false);
        Task<Void> notBegun = loop.spawn(() -> loop.sleep(DAY));
        for (Task<Void> task : List.of(running, notBegun)) {
            task.toCompletableFuture();
            task.cancel();
        }
        loop.runUntilDone();
        for (Task<Void> task : List.of(running, notBegun)) {
            assertTrue(task.toCompletableFuture().isCancelled());
        }
    }

    /** Completing the future by hand does not cancel the task, nor does cancelling it after the end. */
    @Test
    void aFutureThatIsCompletedByHand() throws Exception {
        Task<String> task = loop.spawn(() -> {
            loop.sleep(HOUR);
            return "result";
        });
        task.toCompletableFuture().complete("by hand");
        task.toCompletableFuture().thenApply(result -> result).cancel(true); // a dependent future is not the task
        loop.runUntilDone();
        assertEquals("result", task.join());
        assertEquals("by hand", task.toCompletableFuture().join());
        assertFalse(task.toCompletableFuture().cancel(true));
        assertEquals(Task.State.SUCCEEDED, task.state());
    }

    /** A cancel after the last wait leaves the result, and does not reach functions that depend on the future. */
    @Test
    void aCancelThatComesTooLate() throws Exception {
        Task<?>[] task = new Task<?>[1];
        Task<String> late = loop.spawn(() -> {
            task[0].cancel();
            return "result";
        });
        task[0] = late;
        CompletableFuture<Void> slept = late.toCompletableFuture().thenRun(this::sleepAnHour);
        loop.runUntilDone();
        late.cancel();
        assertEquals("result", late.join());
        slept.get();
    }

    /** One thread asks for futures while the tasks end on another one. Each future is completed. */
    @Test
    void futuresAskedForWhileTasksEnd() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            for (int i = 0; i < 5000; i++) {
                int number = i;
                assertEquals(number, running.loop().spawn(() -> number).toCompletableFuture().get());
            }
        }
    }

    @Test
    void threadDumpsShowNames(@TempDir Path folder) throws Exception {
        Task<String> named = loop.spawn("a-named-task", () -> {
            loop.sleep(HOUR);
            return "result";
        });
        Task<Void> nameless = loop.spawn(() -> loop.sleep(HOUR));
        loop.step(false);
        assertEquals("a-named-task", named.name());
        assertEquals("", nameless.name());
        assertTrue(named.toString().contains("a-named-task"), named::toString);
        Path dump = folder.resolve("dump.txt"); // as written by: jcmd PID Thread.dump_to_file dump.txt
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
        String text = Files.readString(dump);
        int at = text.indexOf("\"a-named-task\" virtual");
        assertTrue(at > 0, text);
        assertTrue(text.indexOf("io.stepoll.internal.task.TaskWait.", at) > at, "where the task waits");
        loop.runUntilDone();
    }

    @Test
    void aPlatformThreadJoins() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            Task<String> task = running.loop().spawn(() -> {
                begun.countDown();
                goOn.await();
                return "joined";
            });
            begun.await();
            assertEquals(Task.State.RUNNING, task.state());
            goOn.countDown();
            assertEquals("joined", task.join());
        }
    }
}
