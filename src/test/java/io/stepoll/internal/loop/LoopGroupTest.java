package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.threads.PinnedFirstLoop;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.LogCapture;
import io.stepoll.support.ScriptedClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups of loops, each on a thread of its own. */
@Timeout(120)
class LoopGroupTest {
    /** The processors on which the calling platform thread may run, as the kernel lists them. */
    private static String processors() {
        try {
            return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                    .filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow()
                    .split("\\s+")[1];
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> T onThreadOf(EventLoop loop, Supplier<T> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.callSoon(() -> result.complete(body.get()));
        return result.join();
    }

    @Test
    void eachLoopHasANamedThreadOfItsOwn() throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(3).name("web").open()) {
            List<String> names = new ArrayList<>();
            for (EventLoop loop : group.loops()) {
                names.add(onThreadOf(loop, () -> Thread.currentThread().getName()));
            }
            assertEquals(List.of("web-0", "web-1", "web-2"), names);
            assertEquals("[EventLoop[web-0], EventLoop[web-1], EventLoop[web-2]]", group.loops().toString());
            assertSame(group.loop(2), group.loops().get(2));
            assertEquals("LoopGroup[web, 3 loops]", group.toString());
        }
    }

    @Test
    void nextTakesTheLoopsInTurn() throws Exception {
        try (LoopGroup group = LoopGroup.open(3)) {
            for (int i = 0; i < 9; i++) {
                assertSame(group.loop(i % 3), group.next());
            }
        }
    }

    /** {@link LoopGroup#next} passes over a loop that has ended. When all have ended it throws. */
    @Test
    void closedLoopHasNoTurn() throws Exception {
        LoopGroup group = LoopGroup.open(3);
        Loop.of(group.loop(1)).scheduler().loopThread().interrupt();
        while (!Loop.of(group.loop(1)).thread().isClosed()) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < 4; i++) {
            assertSame(group.loop(0), group.next());
            assertSame(group.loop(2), group.next());
        }
        group.close();
        assertTrue(assertThrows(IllegalStateException.class, group::next).getMessage().contains("closed"));
    }

    @Test
    void pinnedToProcessors() throws Exception {
        String free = processors();
        int first = Integer.parseInt(free.split("[-,]")[0]);
        int last = Integer.parseInt(free.split(".*[-,]")[free.matches(".*[-,].*") ? 1 : 0]);
        try (LoopGroup group = LoopGroup.builder().loops(3).pinTo(last, first).open()) {
            List<String> pinned = new ArrayList<>();
            for (EventLoop loop : group.loops()) {
                pinned.add(onThreadOf(loop, LoopGroupTest::processors));
            }
            assertEquals(List.of(last + "", first + "", last + ""), pinned);
            CompletableFuture<String> unpinned = new CompletableFuture<>();
            group.next().callSoon(() -> Thread.ofPlatform().start(() -> {
                Affinity.unpin();
                unpinned.complete(processors());
            }));
            assertEquals(free, unpinned.join());
        }
        assertEquals(free, processors());
    }

    /** The first task of a pinned loop may be what starts the JDK's carrier threads. */
    @Test
    void carriersOfTheJdkAreNotPinned() throws Exception {
        assertEquals("free\n", ChildJvm.runWell(List.of(), PinnedFirstLoop.class));
    }

    @Test
    void pinningToAMissingProcessorFails() throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        IOException failure = assertThrows(IOException.class,
                () -> LoopGroup.builder().loops(3).name("web").pinTo(0, 60_000).open());
        assertEquals("sched_setaffinity", assertInstanceOf(SystemCallFailure.class, failure).failedCall().call());
        assertTrue(failure.getMessage().contains("processor 60000 for the thread of web-1: EINVAL"),
                failure.getMessage());
        assertEquals(List.of(), DescriptorLeaks.difference(before), "descriptors of the loop that was open already");
        assertThrows(IOException.class, () -> LoopGroup.builder().loops(1).pinTo(Integer.MAX_VALUE).open());
        assertThrows(IllegalArgumentException.class, () -> LoopGroup.builder().pinTo(0, -1));
        assertEquals(-Errno.EINVAL, Affinity.pin(-1));
    }

    @Test
    void groupCannotBeOpened() {
        assertThrows(IllegalArgumentException.class, () -> LoopGroup.open(0));
        IllegalStateException thrown = new IllegalStateException("thrown by the setter of the options");
        assertSame(thrown, assertThrows(IllegalStateException.class, () -> LoopGroup.builder().options(options -> {
            throw thrown;
        }).open()));
    }

    /** The failure of a loop is logged at once, and join and close throw it. The other loops go on until then. */
    @Test
    void failureOfALoopIsNotLost() throws Exception {
        try (LogCapture log = new LogCapture()) {
            int[] opened = new int[1];
            LoopGroup group = LoopGroup.builder().loops(3).name("web").options(options -> {
                if (opened[0]++ != 1) {
                    ((LoopBuilder) options).clock(new ScriptedClock()); // the loop fails when it would sleep for ever
                }
            }).open();
            while (log.records().size() < 2) {
                Thread.onSpinWait();
            }
            log.messages().forEach(message -> assertTrue(
                    message.matches("the event loop web-[02] has failed, and is closed"), message));
            assertSame(group.loop(1), group.next());
            assertEquals(5, group.next().spawn(() -> 5).join());
            assertEquals(5, group.next().spawn(() -> 5).join());
            IllegalStateException failed = assertThrows(IllegalStateException.class, group::close);
            assertInstanceOf(ScriptedClock.Forever.class, failed.getCause());
            assertEquals(1, failed.getCause().getSuppressed().length);
            assertThrows(IllegalStateException.class, group::next);
            assertInstanceOf(ScriptedClock.Forever.class,
                    assertThrows(ExecutionException.class, group::join).getCause());
        }
    }

    /** A close cancels the tasks, and their cleanup runs. The closing thread may have been interrupted. */
    @Test
    void closingEndsTasks() throws Exception {
        LoopGroup group = LoopGroup.open(2);
        List<Task<?>> tasks = new ArrayList<>();
        List<CompletableFuture<Void>> cleanups = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            EventLoop loop = group.next();
            CompletableFuture<Void> begun = new CompletableFuture<>();
            CompletableFuture<Void> cleanup = new CompletableFuture<>();
            cleanups.add(cleanup);
            tasks.add(loop.spawn(() -> {
                begun.complete(null);
                try {
                    loop.sleep(ChronoUnit.FOREVER.getDuration());
                } finally {
                    cleanup.complete(null);
                }
            }));
            begun.join();
        }
        Thread.currentThread().interrupt();
        group.close();
        assertTrue(Thread.interrupted());
        tasks.forEach(task -> assertEquals(Task.State.CANCELLED, task.state()));
        cleanups.forEach(cleanup -> assertTrue(cleanup.isDone()));
        group.close();
        group.join();
        group.stop();
    }

    @Test
    void joinWaitsUntilTheGroupIsStopped() throws Exception {
        LoopGroup group = LoopGroup.open(2);
        group.loop(0).callSoon(group::stop);
        group.join();
        assertThrows(IllegalStateException.class, () -> group.loop(1).callSoon(() -> {}));
    }

    /** A loop of the group would wait for itself, so join and close throw there, in tasks and in callbacks. */
    @Test
    void loopCannotWaitForItsGroup() throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            ExecutionException inTask = assertThrows(ExecutionException.class,
                    () -> group.loop(1).spawn(group::close).join());
            assertInstanceOf(IllegalStateException.class, inTask.getCause());
            assertTrue(inTask.getCause().getMessage().contains("close waits for the loops of"));
            assertThrows(ExecutionException.class, () -> group.loop(1).spawn(group::join).join());
            assertTrue(onThreadOf(group.loop(0), () -> assertThrows(IllegalStateException.class, group::close))
                    .getMessage().contains("itself"));
            assertFalse(Loop.of(group.loop(0)).thread().isClosing());
        }
    }
}
