package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is told of a task that fails, and when. The test can reach each task, so no garbage collection has a part. */
@Timeout(60)
class UnjoinedFailuresTest extends VirtualTimeFixture {
    private static final Duration NANOSECOND = Duration.ofNanos(1);

    private final LogCapture log = new LogCapture();
    private final List<Task<?>> reachable = new ArrayList<>();

    @AfterEach
    void endLog() {
        log.close();
        assertTrue(reachable.stream().allMatch(Task::isDone));
    }

    private <T> Task<T> spawn(Callable<T> body) {
        Task<T> task = loop.spawn(body);
        reachable.add(task);
        return task;
    }

    private Task<Object> spawnFailing() {
        return spawn(UnjoinedFailuresTest::fail);
    }

    private static Object fail() throws IOException {
        throw new IOException("broken");
    }

    /** How many failures the log has at a time of the loop. */
    private Task<Integer> logged(Duration after) {
        return spawn(() -> {
            loop.sleep(after);
            return log.messages().size();
        });
    }

    @Test
    void aFailureIsReportedWithinASecond() throws Exception {
        Task<Object> failing = spawnFailing();
        Task<Integer> before = logged(SECOND.minus(NANOSECOND));
        Task<Integer> after = logged(SECOND.plus(NANOSECOND));
        loop.runUntilDone();
        assertEquals(List.of(0, 1), List.of(before.join(), after.join()));
        assertTrue(log.messages().getFirst().contains("failed, and nobody has joined it"));
        assertEquals("broken", assertThrows(ExecutionException.class, failing::join).getCause().getMessage());
        loop.close();
        assertEquals(1, log.messages().size());
    }

    /** The log has each failure within a second of its end, although one timer is for all of them. */
    @Test
    void manyFailures() throws Exception {
        for (int i = 0; i < 100; i++) {
            spawnFailing();
        }
        int before = timers();
        loop.step(false);
        loop.step(false);
        assertEquals(before + 1, timers());
        spawn(() -> {
            loop.sleep(SECOND.dividedBy(2));
            spawnFailing();
            return null;
        });
        Task<Integer> first = logged(SECOND.plus(NANOSECOND));
        Task<Integer> second = logged(SECOND.multipliedBy(3).dividedBy(2).minus(NANOSECOND));
        Task<Integer> last = logged(SECOND.multipliedBy(3).dividedBy(2).plus(NANOSECOND));
        loop.runUntilDone();
        assertEquals(List.of(100, 100, 101), List.of(first.join(), second.join(), last.join()));
        assertEquals(0, timers());
    }

    private int timers() {
        return Loop.of(loop).timers().size();
    }

    @Test
    void aFailureThatIsJoinedInTime() throws Exception {
        Task<Object> waited = spawn(() -> {
            loop.sleep(MINUTE);
            throw new IOException("broken");
        });
        Task<Object> soon = spawnFailing();
        spawn(() -> assertThrows(ExecutionException.class, waited::join));
        spawn(() -> {
            loop.sleep(SECOND.minus(NANOSECOND));
            return assertThrows(ExecutionException.class, soon::join);
        });
        loop.runUntilDone();
        loop.close();
        assertEquals(List.of(), log.messages());
    }

    /** The joiner is a thread for which the time of the loop is nothing: the clock jumps before the joiner goes on. */
    @Test
    void aFailureThatAnotherThreadWaitsFor() throws Exception {
        for (int i = 0; i < 100; i++) {
            CountDownLatch joins = new CountDownLatch(1);
            Task<Object> failing = spawn(() -> {
                joins.await();
                throw new IOException("broken");
            });
            CompletableFuture<Throwable> joined = new CompletableFuture<>();
            Thread joiner = Thread.ofPlatform().start(
                    () -> joined.complete(assertThrows(ExecutionException.class, failing::join).getCause()));
            Looks.until(() -> joiner.getState() == Thread.State.WAITING);
            joins.countDown();
            spawn(() -> {
                loop.sleep(HOUR);
                return null;
            });
            loop.runUntilDone();
            assertEquals("broken", joined.join().getMessage());
        }
        loop.close();
        assertEquals(List.of(), log.messages());
    }

    /** Nobody waits any more when the joiner was interrupted. */
    @Test
    void aFailureThatNobodyWaitsForAnyLonger() throws Exception {
        Task<Object> failing = spawn(() -> {
            loop.sleep(MINUTE);
            throw new IOException("broken");
        });
        spawn(() -> assertThrows(InterruptedException.class, failing::join)).thread().interrupt();
        Task<Integer> after = logged(MINUTE.plus(SECOND).plus(NANOSECOND));
        loop.runUntilDone();
        assertEquals(1, after.join());
    }

    @Test
    void aFailureThatAFutureHas() throws Exception {
        Task<Object> before = spawnFailing();
        Task<Object> soon = spawnFailing();
        CompletableFuture<?> future = before.toCompletableFuture();
        spawn(() -> {
            loop.sleep(SECOND.minus(NANOSECOND));
            assertTrue(soon.toCompletableFuture().isCompletedExceptionally());
            loop.sleep(HOUR);
            return null;
        });
        loop.runUntilDone();
        assertTrue(future.isCompletedExceptionally());
        loop.close();
        assertEquals(List.of(), log.messages());
    }

    /** The loop is done although a failure was not reported yet. The close reports it, or the next run. */
    @Test
    void nobodyWaitsForTheReport() throws Exception {
        spawnFailing();
        loop.runUntilDone();
        assertTrue(loop.step(false).done());
        loop.runUntilDone();
        assertEquals(0, clock.nanoTime());
        assertEquals(List.of(), log.messages());
        clock.advance(SECOND);
        loop.runUntilDone();
        assertEquals(1, log.messages().size());
        spawnFailing();
        loop.runUntilDone();
        assertEquals(1, log.messages().size());
        loop.close();
        assertEquals(2, log.messages().size());
    }

    /** A blocking step sleeps until the report, and not for ever. */
    @Test
    void aSleepEndsForTheReport() {
        spawnFailing();
        loop.step(false);
        loop.step(true);
        loop.step(false);
        loop.step(false);
        assertEquals(1, log.messages().size());
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** The owner waits in the group, for the cleanup of the other task. */
    @Test
    void aFailureThatAGroupWaitsFor() throws Exception {
        assertEquals("broken", assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskGroup<Object> group = loop.openGroup()) {
                reachable.add(group.spawn(() -> {
                    try {
                        loop.sleep(DAY);
                    } finally {
                        loop.sleep(HOUR);
                    }
                    return null;
                }));
                reachable.add(group.spawn(() -> {
                    loop.sleep(MINUTE);
                    throw new IOException("broken");
                }));
                return group.join();
            }
        })).getCause().getMessage());
        loop.close();
        assertEquals(List.of(), log.messages());
    }

    /** The owner has the group, and gets the failure when it joins. */
    @Test
    void aFailureThatTheOwnerOfAGroupGetsLater() throws Exception {
        assertEquals("broken", assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskGroup<Object> group = loop.openGroup()) {
                reachable.add(group.spawn(UnjoinedFailuresTest::fail));
                loop.sleep(HOUR);
                return group.join();
            }
        })).getCause().getMessage());
        loop.close();
        assertEquals(List.of(), log.messages());
    }

    /** Nobody gets the failure from the group. Somebody may still join the task, for a second. */
    @Test
    void aGroupThatIsClosedWithoutAJoin() throws Exception {
        List<Integer> logged = inTask(() -> {
            try (TaskGroup<Object> group = loop.openGroup()) {
                reachable.add(group.spawn(UnjoinedFailuresTest::fail));
                loop.sleep(HOUR);
            }
            loop.sleep(SECOND.minus(NANOSECOND));
            int before = log.messages().size();
            loop.sleep(NANOSECOND.multipliedBy(2));
            return List.of(before, log.messages().size());
        });
        assertEquals(List.of(0, 1), logged);
    }

    /** The failure of a closed group waits from then on. Those of others, which came meanwhile, do not wait with it. */
    @Test
    void aClosedGroupDelaysNoOtherReport() throws Exception {
        List<Integer> logged = inTask(() -> {
            try (TaskGroup<Object> group = loop.openGroup()) {
                reachable.add(group.spawn(UnjoinedFailuresTest::fail));
                loop.sleep(SECOND.dividedBy(4));
                spawnFailing();
                loop.sleep(SECOND.dividedBy(2));
            }
            loop.sleep(SECOND.dividedBy(2).plus(NANOSECOND));
            int other = log.messages().size();
            loop.sleep(SECOND.dividedBy(2).minus(NANOSECOND.multipliedBy(2)));
            int before = log.messages().size();
            loop.sleep(NANOSECOND.multipliedBy(2));
            return List.of(other, before, log.messages().size());
        });
        assertEquals(List.of(1, 1, 2), logged);
    }

    /** The time stands still, so nothing can be reported later. */
    @Test
    void aFailureThatNobodyCanJoinIsReportedAtOnce() throws Exception {
        VirtualClock held = VirtualClock.create();
        try (VirtualClock.Hold _ = held.hold();
                LoopGroup group = LoopGroup.builder().loops(1).options(options -> options.clock(held)).open()) {
            List<Task<?>> serving = new ArrayList<>();
            try (Server server = Server.builder(group).serve(connection -> {
                serving.add(Task.current());
                throw new IllegalStateException("of a connection");
            }).open(Addresses.parse("tcp:127.0.0.1:0"))) {
                new Socket("127.0.0.1", ((InetSocketAddress) server.localAddress()).getPort()).close();
                Looks.until(() -> log.messages().size() == 1);
            }
            group.loop(0).taskThreadFactory().newThread(() -> {
                serving.add(Task.current());
                throw new IllegalStateException("of a thread");
            }).start();
            Looks.until(() -> log.messages().size() == 2);
            assertEquals(List.of("of a connection", "of a thread"),
                    log.records().stream().map(line -> line.getThrown().getMessage()).toList());
            assertEquals(2, serving.size());
        }
        assertEquals(2, log.messages().size());
    }
}
