package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.LogCapture;
import io.stepoll.support.TaskResults;
import io.stepoll.watchdog.Watchdog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** A child's main: the system refuses each new thread, from before the first loop on, and then again and again. */
final class WithoutThreads {
    private WithoutThreads() {}

    public static void main(String[] arguments) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        EventLoop.builder().name("class loading"); // what is loaded late has tests of its own
        ByteBuffer.allocateDirect(1); // from JDK 26 on the first one of a JVM begins a thread of the JDK
        try (LogCapture log = new LogCapture()) {
            Surroundings.refuseThreads(true);
            try (EventLoop loop = EventLoop.builder().failureHandler((_, thrown) -> failures.add(thrown)).open()) {
                fromTheFirstCallOn(loop, failures);
                offload(loop);
            }
            group();
            failureThatNobodyJoins(log);
        }
        assertTrue(Surroundings.refusedThreads() > 0, "no thread was refused");
        System.out.println("went on without threads");
    }

    private static void fromTheFirstCallOn(EventLoop loop, List<Throwable> failures) throws Exception {
        List<Boolean> virtual = new ArrayList<>();
        StreamSocket[] pair = StreamSocket.pair(loop);
        loop.callSoon(() -> virtual.add(Thread.currentThread().isVirtual()));
        IllegalStateException thrown = new IllegalStateException("by a callback");
        loop.callSoon(() -> {
            throw thrown;
        });
        loop.step(false);
        assertEquals(List.of(false), virtual);
        assertEquals(List.of(), failures);
        assertThrows(OutOfMemoryError.class, () -> loop.spawn(() -> {}));

        Surroundings.refuseThreads(false);
        loop.runUntilDone(); // the failure is reported before
        assertEquals(List.of(thrown), failures);
        inTask(loop, () -> {
            pair[0].write(ByteBuffer.allocate(3));
            assertEquals(3, pair[1].read(ByteBuffer.allocate(9)));
            pair[0].close();
            pair[1].close();
        });
        loop.callSoon(() -> virtual.add(Thread.currentThread().isVirtual()));
        loop.runUntilDone();
        assertEquals(List.of(false, true), virtual);
    }

    private static void inTask(EventLoop loop, TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    private static void offload(EventLoop loop) throws Exception {
        Surroundings.refuseThreads(true);
        Task<Integer> refused = loop.spawn(() -> loop.offload(() -> 3));
        Task<StreamSocket> lookUp = loop.spawn(
                () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("localhost", 9)));
        loop.runUntilDone();
        for (Task<?> task : List.of(refused, lookUp)) {
            Throwable cause = assertThrows(ExecutionException.class, task::join).getCause();
            assertInstanceOf(OutOfMemoryError.class, cause);
            assertTrue(cause.getMessage().contains("thread"), cause::getMessage);
        }
        assertThrows(OutOfMemoryError.class, () -> Watchdog.start(Duration.ofSeconds(1)));
        Surroundings.refuseThreads(false);
        assertEquals(3, TaskResults.of(loop, loop.spawn(() -> loop.offload(() -> 3))));
    }

    private static void group() throws Exception {
        Snapshot before = DescriptorLeaks.open();
        Surroundings.refuseThreads(true);
        assertThrows(OutOfMemoryError.class, () -> LoopGroup.builder().loops(2).open());
        Surroundings.refuseThreads(false);
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
        try (LoopGroup group = LoopGroup.builder().loops(2).open()) {
            assertEquals(2, group.loops().size());
        }
    }

    /** The close logs by itself what it has no thread for. */
    private static void failureThatNobodyJoins(LogCapture log) throws IOException {
        int before = log.messages().size();
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                throw new IOException("by a task");
            });
            loop.runUntilDone();
            Surroundings.refuseThreads(true);
        } finally {
            Surroundings.refuseThreads(false);
        }
        assertEquals(before + 1, log.messages().size(), () -> log.messages().toString());
    }
}
