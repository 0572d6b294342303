package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import io.stepoll.support.LogCapture;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tasks of groups and races in the order in which they end. */
@Timeout(60)
class EndingOrderTest extends VirtualTimeFixture {
    private String after(Duration time, String result) throws InterruptedException {
        loop.sleep(time);
        return result;
    }

    private String failAfter(Duration time, String message) throws Exception {
        loop.sleep(time);
        throw new IOException(message);
    }

    @Test
    void eachTaskOnceInItsTurn() throws Exception {
        inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                assertNull(group.nextEnded(), "there is none");
                group.spawn(() -> after(HOUR, "slow"));
                group.spawn(() -> after(SECOND, "fast"));
                group.spawn(() -> after(MINUTE, "middle"));
                List<String> results = new ArrayList<>();
                for (Task<String> task = group.nextEnded(); task != null; task = group.nextEnded()) {
                    assertTrue(task.isDone());
                    results.add(task.join() + " at " + Duration.ofNanos(clock.nanoTime()));
                }
                assertEquals(List.of("fast at PT1S", "middle at PT1M", "slow at PT1H"), results);
                group.spawn(() -> after(SECOND, "further"));
                assertEquals("further", group.nextEnded().join());
                assertNull(group.nextEnded());
                assertEquals(List.of("slow", "fast", "middle", "further"), group.join());
                assertNull(group.nextEnded());
            }
            return null;
        });
    }

    /** Many tasks, which end one after the other, at once, and before anybody asks. */
    @Test
    void manyTasks() throws Exception {
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            int count = 1 + random.nextInt(50);
            List<String> ended = new ArrayList<>();
            List<String> returned = new ArrayList<>();
            inTask(() -> {
                try (TaskGroup<String> group = loop.openGroup()) {
                    for (int i = 0; i < count; i++) {
                        String name = "task " + i;
                        Duration time = Duration.ofNanos(random.nextInt(10));
                        group.spawn(() -> {
                            loop.sleep(time);
                            ended.add(name);
                            return name;
                        });
                    }
                    loop.sleep(Duration.ofNanos(random.nextInt(10)));
                    for (Task<String> task = group.nextEnded(); task != null; task = group.nextEnded()) {
                        returned.add(task.join());
                    }
                }
                return null;
            });
            assertEquals(count, returned.size());
            assertEquals(ended, returned);
        }
    }

    /** The first failure comes in its turn and has cancelled the others, which come with the end of their cleanup. */
    @Test
    void aGroupOfWhichATaskFails() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            inTask(() -> {
                try (TaskGroup<String> group = loop.openGroup()) {
                    Task<String> cleansUp = group.spawn(() -> {
                        try {
                            return after(HOUR, "");
                        } finally {
                            loop.sleep(MINUTE);
                        }
                    });
                    Task<String> fast = group.spawn(() -> after(SECOND, "fast"));
                    Task<String> failing = group.spawn(() -> failAfter(MINUTE, "failed"));
                    Task<String> cancelled = group.spawn(() -> after(HOUR, ""));
                    assertSame(fast, group.nextEnded());
                    assertSame(failing, group.nextEnded());
                    assertEquals("failed", assertThrows(ExecutionException.class, failing::join).getCause()
                            .getMessage());
                    assertSame(cancelled, group.nextEnded());
                    assertSame(Task.State.CANCELLED, cancelled.state());
                    assertSame(cleansUp, group.nextEnded());
                    assertEquals(MINUTE.multipliedBy(2).toNanos(), clock.nanoTime());
                    assertNull(group.nextEnded());
                }
                return null;
            });
            loop.close();
            assertEquals(List.of(), logged.messages(), "the failure was taken");
        }
    }

    /** A failure that the owner has seen and not taken is reported as ever. */
    @Test
    void aFailureThatNobodyTakes() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            inTask(() -> {
                try (TaskGroup<String> group = loop.openGroup()) {
                    group.spawn(() -> failAfter(MINUTE, "failed"));
                    assertSame(Task.State.FAILED, group.nextEnded().state());
                }
                return null;
            });
            loop.close();
            assertEquals(1, logged.messages().size());
        }
    }

    /** An interrupt ends the wait and nothing else: no end is lost. */
    @Test
    void aCancelAndADeadlineOfTheOwner() throws Exception {
        inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(HOUR, "done"));
                assertThrows(DeadlineExceededException.class, () -> loop.within(MINUTE, group::nextEnded));
                assertEquals(MINUTE.toNanos(), clock.nanoTime());
                assertEquals("done", group.nextEnded().join());
            }
            return null;
        });
        Task<Void> owner = loop.spawn(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(DAY, "done"));
                group.nextEnded();
            }
        });
        loop.callLater(SECOND, owner::cancel);
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, owner.state());
        assertEquals(HOUR.plus(SECOND).toNanos(), clock.nanoTime());
    }

    /**
     * The end of a task and the interrupt of the owner come in one phase, in either order. What was there is returned.
     */
    @Test
    void anInterruptBesideAnEnd() throws Exception {
        inTask(() -> {
            Thread owner = Thread.currentThread();
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> {
                    loop.sleep(SECOND);
                    loop.callSoon(owner::interrupt);
                    return "done";
                });
                Task<String> task = null;
                try {
                    task = group.nextEnded();
                    assertTrue(Thread.interrupted());
                } catch (InterruptedException e) {
                    task = group.nextEnded();
                }
                assertEquals("done", task.join());
            }
            return null;
        });
    }

    @Test
    void aRaceOfSeveralWinners() throws Exception {
        assertEquals(Arrays.asList("first", null), inTask(() -> {
            try (TaskRace<String> race = loop.openRace(2)) {
                race.spawn(() -> after(HOUR, "late"));
                race.spawn(() -> after(MINUTE, null));
                race.spawn(() -> failAfter(Duration.ofMillis(1), "a failure cancels nobody"));
                race.spawn(() -> after(SECOND, "first"));
                List<String> winners = race.joinWinners();
                assertEquals(MINUTE.toNanos(), clock.nanoTime());
                assertEquals("first", race.join());
                return winners;
            }
        }));
        ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskRace<String> race = loop.openRace(2)) {
                race.spawn(() -> after(SECOND, "one"));
                race.spawn(() -> failAfter(MINUTE, "a"));
                race.spawn(() -> failAfter(SECOND, "b"));
                return race.joinWinners();
            }
        }));
        assertEquals("a", failed.getCause().getMessage());
        assertEquals("b", failed.getSuppressed()[0].getMessage());
        assertThrows(IllegalStateException.class, () -> inTask(() -> {
            try (TaskRace<String> race = loop.openRace(3)) {
                race.spawn(() -> "one");
                race.spawn(() -> "two");
                return race.joinWinners();
            }
        }));
        assertThrows(IllegalArgumentException.class, () -> inTask(() -> loop.openRace(0)));
    }

    /** More tasks succeed in the phase that decides the race: the first ones win. */
    @Test
    void tasksThatSucceedAtOnce() throws Exception {
        List<String> ended = new ArrayList<>();
        List<Object> winners = inTask(() -> {
            try (TaskRace<Object> race = loop.openRace(2)) {
                for (int i = 0; i < 5; i++) {
                    String name = "task " + i;
                    race.spawn(() -> {
                        try {
                            loop.sleep(SECOND);
                        } catch (InterruptedException e) {
                            Collections.addAll(ended, name + " was cancelled");
                        }
                        ended.add(name);
                        return name;
                    });
                }
                return race.joinWinners();
            }
        });
        assertEquals(ended.subList(0, 2), winners);
    }

    /** The ends that come in a race, of winners, losers and those that are cancelled. */
    @Test
    void theOrderInARace() throws Exception {
        inTask(() -> {
            try (TaskRace<String> race = loop.openRace()) {
                Task<String> cancelled = race.spawn(() -> after(HOUR, ""));
                Task<String> winner = race.spawn(() -> after(MINUTE, "winner"));
                Task<String> loser = race.spawn(() -> failAfter(SECOND, "lost"));
                assertEquals(List.of(loser, winner, cancelled),
                        List.of(race.nextEnded(), race.nextEnded(), race.nextEnded()));
                assertNull(race.nextEnded());
                assertEquals("winner", race.join());
            }
            return null;
        });
    }

    @Test
    void wrongUse() throws Exception {
        inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> {
                    assertThrows(WrongThreadException.class, group::nextEnded);
                    return "";
                });
                group.join();
            }
            return null;
        });
    }

    /** The owner and its tasks come to their ends while the loop closes, and on threads of their own afterwards. */
    @Test
    void theLoopCloses() throws Exception {
        Task<Void> owner;
        try (EventLoop closing = EventLoop.open()) {
            owner = closing.spawn(() -> {
                try (TaskGroup<Void> group = closing.openGroup()) {
                    group.spawn(() -> closing.sleep(HOUR));
                    group.nextEnded();
                }
            });
            closing.step(false);
        }
        assertTrue(owner.isDone());
    }
}
