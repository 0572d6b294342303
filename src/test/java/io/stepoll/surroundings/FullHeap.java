package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.internal.timer.TimerQueue;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Ballast;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.Emulator;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A child's main with a small heap, which it fills to the last bytes. Each scene runs twice: the rehearsal, with room,
 * loads all classes, as a class that cannot be loaded for want of memory stays broken in any JVM.
 */
final class FullHeap {
    private static final int MANY = 500;
    private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

    private static Object ignored;
    private static boolean full;

    private FullHeap() {}

    /** Fills the heap, but not in the rehearsal. */
    private static void fill() {
        if (full) {
            Ballast.fill();
        }
    }

    private static void free() {
        Ballast.free();
    }

    public static void main(String[] arguments) throws Exception {
        for (boolean now : new boolean[] {false, true}) {
            full = now;
            errorsOfUsers();
            callbacksThatWait();
            timersThatAreDue();
            timersThatAreSetAgain();
            commandsThatAreDue();
            commandsThatAreRefused();
            tasksThatAreReady();
            registrations();
        }
        System.out.println("went on without memory");
    }

    /** What a task, a callback or a handler throws goes where any failure goes. */
    private static void errorsOfUsers() throws Exception {
        List<Throwable> failures = new ArrayList<>();
        try (EventLoop loop = EventLoop.builder().failureHandler((_, thrown) -> failures.add(thrown)).open()) {
            OutOfMemoryError[] thrown = new OutOfMemoryError[3];
            Task<Void> task = loop.spawn(() -> {
                thrown[0] = exhausted();
                throw thrown[0];
            });
            loop.callSoon(() -> {
                thrown[1] = exhausted();
                throw thrown[1];
            });
            StreamSocket[] pair = StreamSocket.pair(loop);
            pair[0].descriptor().handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) {
                    thrown[2] = exhausted();
                    throw thrown[2];
                }
            }, true, false);
            pair[1].descriptor().tryWrite(ByteBuffer.allocate(1));
            loop.runUntilDone();
            assertSame(thrown[0], assertThrows(ExecutionException.class, task::join).getCause());
            assertEquals(List.of(thrown[1], thrown[2]), failures);
            assertTrue(!pair[0].isOpen());
        }
    }

    private static OutOfMemoryError exhausted() {
        return assertThrows(OutOfMemoryError.class, () -> ignored = new long[Integer.MAX_VALUE - 8]);
    }

    /** Callbacks that other threads have submitted run once each, in order, though the queue cannot grow. */
    private static void callbacksThatWait() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            List<Integer> ran = new ArrayList<>(MANY);
            Thread submitter = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < MANY; i++) {
                    int number = i;
                    loop.callSoon(() -> {
                        free();
                        ran.add(number);
                    });
                }
            });
            submitter.join();
            fill();
            while (ran.size() < MANY) {
                loop.step(false);
            }
            assertInOrder(ran, false);
        }
    }

    private static void assertInOrder(List<Integer> ran, boolean reversed) {
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            expected.add(reversed ? MANY - 1 - i : i);
        }
        assertEquals(expected, ran);
    }

    /** All timers that are due run once, though not in one step. */
    private static void timersThatAreDue() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            List<Integer> ran = new ArrayList<>(MANY);
            for (int i = 0; i < MANY; i++) {
                int number = i;
                loop.callLater(Duration.ZERO, () -> {
                    free();
                    ran.add(number);
                });
            }
            fill();
            loop.runUntilDone();
            assertEquals(MANY, ran.size());
            assertEquals(MANY, ran.stream().distinct().count());
        }
    }

    private static final class Entry extends TimerQueue.Entry {}

    /** A queue that cannot grow has changed nothing, and takes back what it has just handed out. */
    private static void timersThatAreSetAgain() {
        TimerQueue queue = new TimerQueue();
        Entry due = new Entry();
        Entry refused = new Entry();
        long[] number = new long[1];
        queue.add(due, 0);
        queue.takeDue(0, (long sequence, Entry _) -> number[0] = sequence);
        for (int i = 1; i < 1 << 16; i++) {
            queue.add(new Entry(), HOUR_NANOS);
        }
        fill();
        boolean grew = adds(queue, refused);
        boolean cameBack = adds(queue, due);
        free();
        assertEquals(!full, grew);
        assertEquals(grew, refused.isPending());
        assertTrue(cameBack);
        assertTrue(queue.cancel(due));

        queue.add(due, 0);
        queue.takeDue(0, (long sequence, Entry _) -> number[0] = sequence);
        queue.takeDue(0, (long _, Entry _) -> {}); // no room is kept any more
        while (queue.size() < 1 << 16) {
            queue.add(new Entry(), HOUR_NANOS);
        }
        fill();
        cameBack = adds(queue, due);
        free();
        assertEquals(!full, cameBack);
        assertEquals(full, queue.claim(due, number[0]));
    }

    private static boolean adds(TimerQueue queue, Entry entry) {
        try {
            queue.add(entry, HOUR_NANOS);
            return true;
        } catch (OutOfMemoryError full) {
            return false;
        }
    }

    /** All commands of an executor that are due run once, though not in one step. */
    private static void commandsThatAreDue() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            ScheduledExecutorService executor = loop.asScheduledExecutor();
            List<Integer> ran = new ArrayList<>(MANY);
            for (int i = 0; i < MANY; i++) {
                int number = i;
                executor.schedule(() -> {
                    free();
                    ran.add(number);
                }, 0, TimeUnit.NANOSECONDS);
            }
            fill();
            loop.runUntilDone();
            assertEquals(MANY, ran.size());
            assertEquals(MANY, ran.stream().distinct().count());
        }
    }

    /** A command that an executor has no memory for does not keep it from its end. */
    private static void commandsThatAreRefused() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            ScheduledExecutorService executor = loop.asScheduledExecutor();
            int[] ran = new int[1];
            Runnable command = () -> ran[0]++;
            long[][] spare = new long[MANY][];
            for (int i = 0; i < MANY; i++) {
                spare[i] = new long[i % 64];
            }
            Future<?>[] accepted = new Future<?>[MANY];
            fill();
            int refused = 0;
            for (int i = 0; i < MANY; i++) {
                spare[i] = null; // so each attempt comes further than the one before
                try {
                    accepted[i] = executor.schedule(command, 0, TimeUnit.NANOSECONDS);
                } catch (OutOfMemoryError e) {
                    refused++;
                }
            }
            free();
            // In an emulator SO_PASSRIGHTS stays on. Another thread closes such sockets, and gives memory back.
            assertTrue(refused > 0 || !full || !Emulator.isAbsent(), "there was room for all");
            executor.shutdown();
            loop.runUntilDone();
            assertTrue(executor.isTerminated());
            for (Future<?> future : accepted) {
                assertTrue(future == null || future.isDone());
            }
            assertEquals(ran[0], Stream.of(accepted).filter(future -> future != null
                    && future.state() == Future.State.SUCCESS).count());
        }
    }

    /** Tasks that one poll finds ready all go on: the kernel would not report them again. */
    private static void tasksThatAreReady() throws Exception {
        Snapshot before = DescriptorLeaks.open();
        int[] peers = new int[MANY];
        try (EventLoop loop = EventLoop.open()) {
            List<Task<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                int[] ends = RawSockets.pair();
                Descriptor socket = loop.own(ends[0]);
                peers[i] = ends[1];
                ByteBuffer target = ByteBuffer.allocateDirect(8);
                readers.add(loop.spawn(() -> {
                    int read = socket.read(target);
                    free();
                    socket.close();
                    return read;
                }));
            }
            loop.step(false);
            for (int peer : peers) {
                assertEquals(1, RawSockets.send(peer, 1));
            }
            fill();
            loop.runUntilDone();
            for (Task<Integer> reader : readers) {
                assertEquals(1, reader.join());
            }
        }
        for (int peer : peers) {
            RawSockets.close(peer);
        }
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    /** A descriptor that the loop has no memory for stays the caller's, and the loop forgets its number. */
    private static void registrations() throws Exception {
        Snapshot before = DescriptorLeaks.open();
        int[][] pairs = new int[64][];
        Descriptor[] taken = new Descriptor[pairs.length];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = RawSockets.pair();
        }
        try (EventLoop loop = EventLoop.open()) {
            loop.own(pairs[0][0]);
            long[][] spare = new long[pairs.length][];
            for (int i = 0; i < pairs.length; i++) {
                spare[i] = new long[i];
            }
            fill();
            int refused = 0;
            for (int i = 1; i < pairs.length; i++) {
                spare[i] = null; // so each attempt comes further than the one before
                try {
                    taken[i] = loop.own(pairs[i][0]);
                } catch (OutOfMemoryError e) {
                    refused++;
                }
            }
            free();
            // In an emulator SO_PASSRIGHTS stays on. Another thread closes such sockets, and gives memory back.
            assertTrue(refused > 0 || !full || !Emulator.isAbsent(), "there was room for all");
            for (int i = 1; i < pairs.length; i++) {
                if (taken[i] == null) {
                    loop.own(pairs[i][0]).disown();
                }
            }
        }
        for (int i = 0; i < pairs.length; i++) { // the close has closed those that were the loop's, and no other
            if (i != 0 && taken[i] == null) {
                RawSockets.close(pairs[i][0]);
            }
            RawSockets.close(pairs[i][1]);
        }
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }
}
