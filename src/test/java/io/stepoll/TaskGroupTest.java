package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.StreamSocket;
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

/** Groups of tasks: none outlives its group, and no failure gets lost, or is told twice. */
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
    void resultsInTheOrderOfSpawning() throws Exception {
        assertEquals(Arrays.asList("slow", "fast", null, "named"), inTask(() -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
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
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
                return group.join();
            }
        }));
    }

    /** The rest is cancelled when the first fails, not when somebody looks; its cleanup is waited for. */
    @Test
    void firstFailureCancelsTheRest() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
                try (TaskGroup<String> group = TaskGroup.open(loop)) {
                    group.spawn(() -> after(HOUR, "cancelled"));
                    group.spawn(() -> failAfter(MINUTE, "first"));
                    group.spawn(() -> {
                        try {
                            loop.sleep(HOUR);
                        } catch (InterruptedException e) {
                            loop.sleep(SECOND); // a cleanup
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
            assertEquals(List.of(), logged.messages(), "they were joined");
        }
    }

    @Test
    void cancelledOwnerCancelsItsTasks() throws Exception {
        Task<List<String>> owner = loop.spawn(() -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
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
        loop.callLater(SECOND.toNanos(), owner::cancel);
        loop.callLater(SECOND.toNanos() * 2, owner::cancel); // once more does not end the waiting for the cleanup
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, owner.state());
        assertEquals(List.of("a ended at PT1S", "b ended at PT1S"), log.subList(0, 2));
        assertEquals(3, log.size());
    }

    /** A deadline of the owner's ends the group, and comes out as such once the tasks have ended. */
    @Test
    void deadlineOverAGroup() throws Exception {
        exceeds(SECOND, () -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
                group.spawn(() -> after(HOUR, "a"));
                return group.join();
            }
        });
        exceeds(SECOND, () -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
                group.spawn(() -> after(HOUR, "b"));
                loop.sleep(HOUR);
                return group.join();
            }
        });
        assertEquals(List.of("a ended at PT1S", "b ended at PT2S"), log);
    }

    /** What the owner throws cancels the tasks, and stays what it was. */
    @Test
    void ownerThatThrows() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            assertEquals("owner", assertThrows(IOException.class, () -> inTask(() -> {
                try (TaskGroup<String> group = TaskGroup.open(loop)) {
                    group.spawn(() -> after(HOUR, "a"));
                    group.spawn(() -> failAfter(Duration.ZERO, "not joined"));
                    loop.sleep(0);
                    loop.sleep(0);
                    throw new IOException("owner");
                }
            })).getMessage());
            assertEquals(List.of("a ended at PT0S"), log);
            loop.close();
            assertEquals(1, logged.messages().size(), "nobody was given that failure");
        }
    }

    /** It goes on to wait, and the interrupt is there after it. */
    @Test
    void interruptWhileItCloses() throws Exception {
        Task<Boolean> owner = loop.spawn(() -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
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
        loop.callLater(SECOND.plusSeconds(1).toNanos(), () -> owner.thread().interrupt());
        loop.runUntilDone();
        assertTrue(owner.join());
    }

    @Test
    void cancelOfTheGroupAndOfATask() throws Exception {
        assertThrows(CancellationException.class, () -> inTask(() -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
                group.spawn(() -> after(HOUR, "a"));
                loop.callLater(SECOND.toNanos(), group::cancel);
                return group.join();
            }
        }));
        ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
                Task<String> one = group.spawn(() -> after(HOUR, "b"));
                group.spawn(() -> after(HOUR, "c"));
                loop.callLater(SECOND.toNanos(), one::cancel);
                return group.join();
            }
        }));
        assertSame(CancellationException.class, failed.getCause().getClass());
        assertEquals(List.of("a ended at PT1S", "b ended at PT2S", "c ended at PT2S"), log);
    }

    @Test
    void firstToSucceed() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            assertEquals("second", inTask(() -> {
                try (TaskRace<String> race = TaskRace.open(loop)) {
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
    void noneSucceeds() throws Exception {
        ExecutionException failed = assertThrows(ExecutionException.class, () -> inTask(() -> {
            try (TaskRace<String> race = TaskRace.open(loop)) {
                race.spawn(() -> failAfter(MINUTE, "a"));
                race.spawn(() -> failAfter(SECOND, "b"));
                return race.join();
            }
        }));
        assertEquals("a", failed.getCause().getMessage());
        assertEquals(List.of("b"), messages(failed.getSuppressed()));
        assertThrows(IllegalStateException.class, () -> inTask(() -> {
            try (TaskRace<String> race = TaskRace.open(loop)) {
                return race.join();
            }
        }));
    }

    /** Tasks may spawn further ones into their group, while it is joined, too. */
    @Test
    void tasksOfTasks() throws Exception {
        assertEquals(List.of("outer", "inner"), inTask(() -> {
            try (TaskGroup<String> group = TaskGroup.open(loop)) {
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
            try (TaskGroup<List<String>> outer = TaskGroup.open(loop)) {
                outer.spawn(() -> {
                    try (TaskGroup<String> inner = TaskGroup.open(loop)) {
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
        assertThrows(IllegalStateException.class, () -> TaskGroup.open(loop));
        inTask(() -> {
            TaskGroup<String> group = TaskGroup.open(loop);
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

    /** Sockets of the children are whole after they were cancelled. */
    @Test
    void raceOverSockets() throws Exception {
        StreamSocket[] one = StreamSocket.pair(loop);
        StreamSocket[] two = StreamSocket.pair(loop);
        RawSockets.send(two[1].descriptor().fd(), 5);
        assertEquals(5, inTask(() -> {
            try (TaskRace<Integer> race = TaskRace.open(loop)) {
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
                try (TaskGroup<String> group = TaskGroup.open(closing)) {
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

    /** The JDK's own, where the user enables that preview: its forks run on the loop. */
    @Test
    void structuredTaskScope() throws Exception {
        assertEquals("[a, b] on the loop in 2 h\nfailed: broken, the other was interrupted\n",
                ChildJvm.runSource("/preview/StructuredScopes.java"));
    }
}
