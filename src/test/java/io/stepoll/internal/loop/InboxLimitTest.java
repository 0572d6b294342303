package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.Timer;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** How much of the inbox a step takes, and what is refused when the inbox is full. */
@Timeout(60)
class InboxLimitTest {
    private static final int LIMIT = 10;

    private EventLoop loop;
    private int ran;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().name("limited").inboxLimit(LIMIT).open();
        loop.step(false); // from here on the loop's thread is this one
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private static void elsewhere(Executable code) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                code.execute();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        done.get();
    }

    private void fill() {
        for (int i = 0; i < LIMIT; i++) {
            loop.callSoon(() -> ran++);
        }
    }

    @Test
    void whatIsNewIsRefused() throws Exception {
        Timer timer = loop.callLater(Duration.ofDays(1), () -> {});
        elsewhere(() -> {
            fill();
            List<Executable> submits = List.of(() -> loop.callSoon(() -> ran++), () -> loop.execute(() -> ran++),
                    () -> loop.spawn(() -> ran++), () -> loop.spawn("named", () -> ran++),
                    () -> loop.callLater(Duration.ZERO, () -> ran++), () -> timer.reset(Duration.ZERO),
                    () -> loop.asScheduledExecutor().execute(() -> ran++),
                    () -> loop.asScheduledExecutor().schedule(() -> ran++, 0, TimeUnit.DAYS));
            for (Executable submit : submits) {
                assertEquals("the inbox of limited is full: see EventLoopBuilder.inboxLimit",
                        assertThrows(RejectedExecutionException.class, submit).getMessage());
            }
            assertNull(loop.taskThreadFactory().newThread(() -> ran++));
            assertThrows(RejectedExecutionException.class, () -> loop.asTaskExecutor().execute(() -> ran++));
        });
        loop.step(false);
        assertEquals(LIMIT, ran);
        elsewhere(() -> {
            loop.spawn(() -> ran++); // there is room again
            timer.cancel();
        });
        loop.runUntilDone();
        assertEquals(LIMIT + 1, ran);
    }

    /** A server is closed, whoever fills the inbox. */
    @Test
    void theCloseOfAServerIsNotRefused() throws Exception {
        AtomicBoolean holds = new AtomicBoolean();
        AtomicBoolean ends = new AtomicBoolean();
        try (LoopGroup group = LoopGroup.builder().loops(1).options(options -> options.inboxLimit(LIMIT)).open();
                Server server = Server.builder(group).serve(connection -> {})
                        .open(Addresses.parse("tcp:127.0.0.1:0"))) {
            EventLoop held = group.loop(0);
            held.callSoon(() -> {
                holds.set(true);
                while (!ends.get()) {
                    Thread.onSpinWait();
                }
            });
            Looks.until(holds::get);
            for (int i = 0; i < LIMIT; i++) {
                held.callSoon(() -> {});
            }
            assertThrows(RejectedExecutionException.class, () -> held.callSoon(() -> {}));
            FutureTask<Void> closes = new FutureTask<>(server::close, null);
            Thread closer = Thread.ofPlatform().start(closes);
            Looks.until(() -> closer.getState() != Thread.State.RUNNABLE); // waits for its callback, or has failed
            ends.set(true);
            closes.get();
        } finally {
            ends.set(true);
        }
    }

    @Test
    void theLoopItselfIsNotRefused() throws Exception {
        elsewhere(this::fill);
        fill();
        Task<Void> task = loop.spawn(() -> {
            fill();
            fill();
        });
        loop.runUntilDone();
        task.join();
        assertEquals(4 * LIMIT, ran);
    }

    /** What goes on with something that was accepted passes a full inbox, however much it is. */
    @Test
    void continuationsCancelsAndStopsAreNotRefused() throws Exception {
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 5 * LIMIT; i++) {
            tasks.add(loop.spawn(() -> {
                LockSupport.park();
                ran++;
            }));
        }
        Timer timer = loop.callLater(Duration.ofDays(1), () -> ran++);
        loop.step(false);
        elsewhere(() -> {
            fill();
            tasks.subList(0, tasks.size() / 2).forEach(task -> LockSupport.unpark(task.thread()));
            tasks.subList(tasks.size() / 2, tasks.size()).forEach(Task::cancel);
            assertTrue(timer.cancel());
            loop.stop();
        });
        loop.run();
        loop.runUntilDone();
        assertEquals(6 * LIMIT, ran);
        elsewhere(this::fill); // the count is right again
        loop.runUntilDone();
        assertEquals(7 * LIMIT, ran);
    }

    @Test
    void aNegativeLimitIsRefused() {
        assertEquals("a limit of the inbox must not be negative: -1",
                assertThrows(IllegalArgumentException.class, () -> EventLoop.builder().inboxLimit(-1)).getMessage());
    }

    /** Other threads have filled the inbox. A poll comes before all of that has run. */
    @Test
    void aStepTakesABoundedPartOfTheInbox() throws Exception {
        int[] pair = RawSockets.pair();
        try (EventLoop unlimited = EventLoop.open()) {
            List<Integer> ranBefore = new ArrayList<>();
            Descriptor descriptor = unlimited.own(pair[0]);
            descriptor.handle(ready -> {
                ranBefore.add(ran);
                ready.close();
            }, true, false);
            unlimited.step(false);
            RawSockets.send(pair[1], 1);
            elsewhere(() -> {
                for (int i = 0; i < 3 * Scheduler.INBOX_BATCH; i++) {
                    unlimited.callSoon(() -> ran++);
                }
            });
            unlimited.runUntilDone();
            assertEquals(List.of(Scheduler.INBOX_BATCH), ranBefore);
            assertEquals(3 * Scheduler.INBOX_BATCH, ran);
        }
        RawSockets.close(pair[1]);
    }
}
