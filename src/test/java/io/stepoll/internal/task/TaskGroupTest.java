package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.LogCapture;
import io.stepoll.support.RawSockets;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups of tasks: no task outlives its group, and no failure is lost or reported twice. */
@Timeout(60)
class TaskGroupTest extends VirtualTimeFixture {
    private final List<String> log = new ArrayList<>();

    private String after(Duration time, String result) throws InterruptedException {
        try {
            loop.sleep(time);
            return result;
        } finally {
            log.add(result + " ended at " + Duration.ofNanos(clock.nanoTime()));
        }
    }

    private String failAfter(Duration time, String message) throws Exception {
        loop.sleep(time);
        throw new IOException(message);
    }

    private static List<String> messages(Throwable[] failures) {
        return Arrays.stream(failures).map(Throwable::getMessage).toList();
    }

    @Test
    void theResultsHaveTheOrderOfSpawning() throws Exception {
        assertEquals(Arrays.asList("slow", "fast", null, "named"), inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(HOUR, "slow"));
                group.spawn(() -> after(SECOND, "fast"));
                group.spawn(() -> {
                    log.add("without a result");
                });
                assertEquals("child", group.spawn("child", () -> after(MINUTE, "named")).name());
                return group.join();
            }
        }));
        assertEquals(List.of("without a result", "fast ended at PT1S", "named ended at PT1M", "slow ended at PT1H"),
                log);
        assertEquals(List.of(), inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                return group.join();
            }
        }));
    }

    /** The owner is interrupted after the end of the last task, before it goes on. The group takes the interrupt. */
    @Test
    void anInterruptBesideTheEndOfTheLastTask() throws Exception {
        inTask(() -> {
            Thread owner = Thread.currentThread();
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> {
                    loop.sleep(SECOND);
                    loop.callSoon(owner::interrupt); // runs once this task has ended, and before the owner
                    return "done";
                });
                assertThrows(InterruptedException.class, group::join);
            }
            return null;
        });
    }

    /** The first failure cancels the rest at once, before any join. The join waits for the cleanup of the rest. */
    @Test
    void theFirstFailureCancelsTheRest() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
                try (TaskGroup<String> group = loop.openGroup()) {
                    group.spawn(() -> after(HOUR, "cancelled"));
                    group.spawn(() -> failAfter(MINUTE, "first"));
                    group.spawn(() -> {
                        try {
                            loop.sleep(HOUR);
                        } catch (InterruptedException e) {
                            loop.sleep(SECOND); // cleanup
                            throw new IOException("second");
                        }
                    });
                    loop.sleep(HOUR);
                    log.add("owner at " + Duration.ofNanos(clock.nanoTime()));
                    group.spawn(() -> {
                        log.add("never begun");
                    });
                    return group.join();
                }
            }));
            assertEquals("first", failed.getCause().getMessage());
            assertEquals(List.of("second"), messages(failed.getSuppressed()));
            assertEquals(List.of("cancelled ended at PT1M", "owner at PT1H"), log);
            loop.close();
            assertEquals(List.of(), logged.messages(), "joined failures were logged");
        }
    }

    @Test
    void aCancelledOwnerCancelsItsTasks() throws Exception {
        Task<List<String>> owner = loop.spawn(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(HOUR, "a"));
                group.spawn(() -> {
                    try {
                        return after(HOUR, "b");
                    } finally {
                        loop.sleep(MINUTE);
                    }
                });
                return group.join();
            } finally {
                log.add("owner ended at " + Duration.ofNanos(clock.nanoTime()));
            }
        });
        loop.callLater(SECOND, owner::cancel);
        loop.callLater(SECOND.multipliedBy(2), owner::cancel); // does not end the wait for the cleanup
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, owner.state());
        assertEquals(List.of("a ended at PT1S", "b ended at PT1S"), log.subList(0, 2));
        assertEquals(3, log.size());
    }

    /** A deadline of the owner ends the group. Its exception comes once the tasks have ended. */
    @Test
    void aDeadlineOverAGroup() throws Exception {
        exceeds(SECOND, () -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(HOUR, "a"));
                return group.join();
            }
        });
        exceeds(SECOND, () -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(HOUR, "b"));
                loop.sleep(HOUR);
                return group.join();
            }
        });
        assertEquals(List.of("a ended at PT1S", "b ended at PT2S"), log);
    }

    /** An exception of the owner cancels the tasks, and is still thrown as it was. */
    @Test
    void anOwnerThatThrows() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            assertEquals("owner", assertThrows(IOException.class, () -> inTask(() -> {
                try (TaskGroup<String> group = loop.openGroup()) {
                    group.spawn(() -> after(HOUR, "a"));
                    group.spawn(() -> failAfter(Duration.ZERO, "not joined"));
                    loop.sleep(Duration.ZERO);
                    loop.sleep(Duration.ZERO);
                    throw new IOException("owner");
                }
            })).getMessage());
            assertEquals(List.of("a ended at PT0S"), log);
            loop.close();
            assertEquals(1, logged.messages().size(), "the failure that nobody joined");
        }
    }

    /** The close goes on waiting, and leaves the interrupt status set. */
    @Test
    void anInterruptDuringTheClose() throws Exception {
        Task<Boolean> owner = loop.spawn(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> {
                    try {
                        loop.sleep(HOUR);
                    } finally {
                        loop.sleep(MINUTE);
                        log.add("cleaned up");
                    }
                });
                loop.sleep(SECOND);
            }
            return Thread.interrupted();
        });
        loop.callLater(SECOND.plusSeconds(1), () -> owner.thread().interrupt());
        loop.runUntilDone();
        assertTrue(owner.join());
    }

    @Test
    void cancellingTheGroupAndCancellingATask() throws Exception {
        assertThrows(CancellationException.class, () -> inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> after(HOUR, "a"));
                loop.callLater(SECOND, group::cancel);
                return group.join();
            }
        }));
        ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                Task<String> one = group.spawn(() -> after(HOUR, "b"));
                group.spawn(() -> after(HOUR, "c"));
                loop.callLater(SECOND, one::cancel);
                return group.join();
            }
        }));
        assertSame(CancellationException.class, failed.getCause().getClass());
        assertEquals(List.of("a ended at PT1S", "b ended at PT2S", "c ended at PT2S"), log);
    }

    @Test
    void theFirstTaskThatSucceedsWinsTheRace() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            assertEquals("second", inTask(() -> {
                try (TaskRace<String> race = loop.openRace()) {
                    race.spawn(() -> after(HOUR, "slow"));
                    race.spawn(() -> failAfter(SECOND, "failed"));
                    race.spawn(() -> after(MINUTE, "second"));
                    return race.join();
                }
            }));
            assertEquals(List.of("second ended at PT1M", "slow ended at PT1M"), log);
            loop.close();
            assertEquals(List.of(), logged.messages());
        }
    }

    @Test
    void aRaceInWhichNoTaskSucceeds() throws Exception {
        ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskRace<String> race = loop.openRace()) {
                race.spawn(() -> failAfter(MINUTE, "a"));
                race.spawn(() -> failAfter(SECOND, "b"));
                return race.join();
            }
        }));
        assertEquals("a", failed.getCause().getMessage());
        assertEquals(List.of("b"), messages(failed.getSuppressed()));
        assertThrows(IllegalStateException.class, () -> inTask(() -> {
            try (TaskRace<String> race = loop.openRace()) {
                return race.join();
            }
        }));
    }

    /** A task may spawn further tasks into its group, also during the join. */
    @Test
    void aTaskSpawnsIntoItsGroup() throws Exception {
        assertEquals(List.of("outer", "inner"), inTask(() -> {
            try (TaskGroup<String> group = loop.openGroup()) {
                group.spawn(() -> {
                    loop.sleep(SECOND);
                    group.spawn(() -> after(MINUTE, "inner"));
                    return "outer";
                });
                return group.join();
            }
        }));
    }

    @Test
    void groupsWithinGroups() throws Exception {
        ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskGroup<List<String>> outer = loop.openGroup()) {
                outer.spawn(() -> {
                    try (TaskGroup<String> inner = loop.openGroup()) {
                        inner.spawn(() -> after(HOUR, "inner"));
                        return inner.join();
                    }
                });
                outer.spawn(() -> List.of(failAfter(SECOND, "outer")));
                return outer.join();
            }
        }));
        assertEquals("outer", failed.getCause().getMessage());
        assertEquals(0, failed.getSuppressed().length);
        assertEquals(List.of("inner ended at PT1S"), log);
    }

    @Test
    void wrongUse() throws Exception {
        assertThrows(IllegalStateException.class, loop::openGroup);
        assertThrows(IllegalStateException.class, loop::openRace);
        inTask(() -> {
            TaskGroup<String> group = loop.openGroup();
            Task<String> child = group.spawn(() -> {
                assertThrows(WrongThreadException.class, group::join);
                assertThrows(WrongThreadException.class, group::close);
                return "right";
            });
            assertEquals(List.of("right"), group.join());
            assertEquals(List.of("right"), group.join());
            assertEquals("right", child.join());
            assertThrows(IllegalStateException.class, () -> group.spawn(() -> ""));
            group.close();
            group.close();
            assertThrows(IllegalStateException.class, () -> group.spawn(() -> ""));
            return null;
        });
    }

    /** A cancelled task of a race leaves its socket usable. */
    @Test
    void aRaceOverSockets() throws Exception {
        StreamSocket[] one = StreamSocket.pair(loop);
        StreamSocket[] two = StreamSocket.pair(loop);
        RawSockets.send(two[1].descriptor().fd(), 5);
        assertEquals(5, inTask(() -> {
            try (TaskRace<Integer> race = loop.openRace()) {
                race.spawn(() -> one[0].read(ByteBuffer.allocate(8)));
                race.spawn(() -> two[0].read(ByteBuffer.allocate(8)));
                return race.join();
            }
        }));
        RawSockets.send(one[1].descriptor().fd(), 3);
        assertEquals(3, inTask(() -> one[0].read(ByteBuffer.allocate(8))));
        for (StreamSocket socket : List.of(one[0], one[1], two[0], two[1])) {
            socket.close();
        }
    }

    @Test
    void theLoopCloses() throws Exception {
        Task<List<String>> owner;
        try (EventLoop closing = EventLoop.open()) {
            owner = closing.spawn(() -> {
                try (TaskGroup<String> group = closing.openGroup()) {
                    group.spawn(() -> {
                        closing.sleep(HOUR);
                        return "a";
                    });
                    return group.join();
                }
            });
            closing.step(false);
            assertFalse(owner.isDone());
        }
        assertTrue(owner.isDone());
    }

    /** Where the JDK's preview is enabled, the forks of a StructuredTaskScope run on the loop. */
    @Test
    void theForksOfAStructuredTaskScopeRunOnTheLoop() throws Exception {
        assertEquals("[a, b] on the loop in 2 h\nfailed: broken, the other was interrupted\n",
                ChildJvm.runSource("/preview/StructuredScopes.java"));
    }
}
