package io.stepoll.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.support.Loops;
import io.stepoll.support.VirtualTimeFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A channel whose senders and receivers are on one loop. */
@Timeout(60)
class BoundedChannelTest extends VirtualTimeFixture {
    private static final int MANY = 50; // more than have places among those who wait

    private final List<Object> log = new ArrayList<>();

    @Test
    void elementsComeInTheirOrder() throws Exception {
        BoundedChannel<Integer> channel = new BoundedChannel<>(3);
        loop.spawn(() -> {
            for (int i = 0; i < 1000; i++) {
                channel.send(i);
                assertTrue(channel.size() <= 3);
            }
            channel.close();
        });
        loop.spawn(() -> {
            try {
                while (true) {
                    log.add(channel.receive());
                }
            } catch (ChannelClosedException e) {
                log.add("end");
            }
        });
        loop.runUntilDone();
        assertEquals("end", log.removeLast());
        assertEquals(IntStream.range(0, 1000).boxed().toList(), log);
    }

    @Test
    void aFullChannelTakesNothingAndAnEmptyOneGivesNothing() {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        assertNull(channel.tryReceive());
        assertTrue(channel.trySend("a"));
        assertTrue(channel.trySend("b"));
        assertFalse(channel.trySend("c"));
        assertEquals(2, channel.size());
        assertEquals("a", channel.tryReceive());
        assertTrue(channel.trySend("d"));
        assertEquals("b", channel.tryReceive());
        assertEquals("d", channel.tryReceive());
        assertNull(channel.tryReceive());
        assertEquals("BoundedChannel[0 of 2]", channel.toString());
    }

    @Test
    void badArguments() {
        for (int capacity : new int[] {Integer.MIN_VALUE, -1, 0, BoundedChannel.LARGEST_CAPACITY + 1}) {
            assertThrows(IllegalArgumentException.class, () -> new BoundedChannel<>(capacity));
        }
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        assertThrows(NullPointerException.class, () -> channel.trySend(null));
        assertThrows(NullPointerException.class, () -> channel.send(null));
        assertThrows(NullPointerException.class, () -> channel.send("a", null));
        assertThrows(NullPointerException.class, () -> channel.receive(null));
        assertEquals(0, channel.size());
    }

    /** The positions come round many times, also where the capacity is no power of two. */
    @Test
    void capacities() {
        for (int capacity : new int[] {1, 2, 3, 4, 7, 8, 9, 100}) {
            BoundedChannel<Integer> channel = new BoundedChannel<>(capacity);
            int sent = 0;
            int received = 0;
            for (int round = 0; round < 50; round++) {
                while (channel.trySend(sent)) {
                    sent++;
                }
                assertEquals(capacity, sent - received);
                for (int i = 0; i <= round % capacity; i++) {
                    assertEquals(received++, channel.tryReceive());
                }
            }
        }
    }

    /** A callback passes things on, and must not wait: not even where it would not have to. */
    @Test
    void callbacks() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        Task<String> receiver = loop.spawn(() -> channel.receive());
        loop.callSoon(() -> {
            assertThrows(IllegalStateException.class, () -> channel.send("a"));
            assertThrows(IllegalStateException.class, () -> channel.send("a", SECOND));
            assertThrows(IllegalStateException.class, channel::receive);
            assertThrows(IllegalStateException.class, () -> channel.receive(SECOND));
            assertTrue(channel.trySend("b"));
            assertTrue(channel.trySend("c"));
            assertEquals("b", channel.tryReceive()); // one of the two is promised to the task
            assertNull(channel.tryReceive());
            log.add("done");
        });
        loop.runUntilDone();
        assertEquals("c", receiver.join());
        assertEquals(List.of("done"), log);
    }

    @Test
    void timeoutsAreOfTheLoopsTime() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        inTask(() -> {
            long before = clock.nanoTime();
            String message = assertThrows(TimeoutException.class, () -> channel.receive(HOUR)).getMessage();
            assertEquals("receive on BoundedChannel[0 of 1]: timed out", message);
            assertEquals(HOUR.toNanos(), clock.nanoTime() - before);
            channel.send("a", HOUR);
            assertThrows(TimeoutException.class, () -> channel.send("b", MINUTE));
            assertThrows(TimeoutException.class, () -> channel.send("b", Duration.ZERO));
            assertEquals(HOUR.plus(MINUTE).toNanos(), clock.nanoTime() - before);
            assertEquals("a", channel.receive(Duration.ZERO));
            assertThrows(TimeoutException.class, () -> channel.receive(SECOND.negated()));
            return null;
        });
    }

    @Test
    void whatComesBeforeTheTimeoutIsReceived() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        Task<String> receiver = loop.spawn(() -> channel.receive(HOUR));
        loop.callLater(HOUR.minusNanos(1), () -> channel.trySend("in time"));
        loop.runUntilDone();
        assertEquals("in time", receiver.join());
    }

    @Test
    void aDeadlineEndsTheWaits() {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        exceeds(HOUR, channel::receive);
        channel.trySend("a");
        exceeds(HOUR, () -> {
            channel.send("b");
            return null;
        });
        assertEquals("a", channel.tryReceive());
        assertNull(channel.tryReceive());
    }

    /** First come first served: also beyond those who have places, also where some have given up in between. */
    @Test
    void receiversAreServedInTheirOrder() throws Exception {
        BoundedChannel<Integer> channel = new BoundedChannel<>(MANY);
        List<Task<Void>> receivers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int number = i;
            receivers.add(loop.spawn(() -> {
                log.add(number + " got " + channel.receive());
            }));
        }
        loop.step(false);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            if (i % 3 == 1) {
                receivers.get(i).cancel();
            } else {
                expected.add(i + " got " + expected.size());
            }
        }
        loop.step(false);
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(channel.trySend(i));
        }
        loop.runUntilDone();
        assertEquals(expected, log);
    }

    @Test
    void sendersAreServedInTheirOrder() throws Exception {
        BoundedChannel<Integer> channel = new BoundedChannel<>(1);
        channel.trySend(-1);
        List<Task<Void>> senders = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int number = i;
            senders.add(loop.spawn(() -> channel.send(number)));
        }
        loop.step(false);
        List<Object> expected = new ArrayList<>(List.of(-1));
        for (int i = 0; i < MANY; i++) {
            if (i % 3 == 1) {
                senders.get(i).cancel();
            } else {
                expected.add(i);
            }
        }
        loop.spawn(() -> {
            for (int i = 0; i < expected.size(); i++) {
                log.add(channel.receive());
            }
        });
        loop.runUntilDone();
        assertEquals(expected, log);
    }

    /** One element is for the one who has waited, although somebody else asks before that one's turn has come. */
    @Test
    void nobodyOvertakesAReceiverThatWaits() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        loop.spawn(() -> log.add("first " + channel.receive()));
        loop.step(false);
        loop.spawn(() -> {
            channel.send("a");
            log.add("second " + channel.tryReceive());
            channel.send("b");
            log.add("second " + channel.receive());
        });
        loop.runUntilDone();
        assertEquals(List.of("second null", "second a", "first b"), log);
    }

    @Test
    void nobodyOvertakesASenderThatWaits() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        channel.trySend("a");
        loop.spawn(() -> channel.send("b"));
        loop.step(false);
        assertEquals("a", channel.tryReceive());
        assertFalse(channel.trySend("c"));
        loop.runUntilDone();
        assertEquals("b", channel.tryReceive());
        assertTrue(channel.trySend("c"));
    }

    /** The receiver has got its element when the cancel comes: it returns it, and its next wait ends. */
    @Test
    void aCancelAfterTheElementHasCome() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        Task<Void> receiver = loop.spawn(() -> {
            log.add(channel.receive());
            assertTrue(Thread.currentThread().isInterrupted());
            channel.receive();
        });
        loop.step(false);
        channel.trySend("a");
        receiver.cancel();
        loop.runUntilDone();
        assertEquals(List.of("a"), log);
        assertEquals(Task.State.CANCELLED, receiver.state());
        assertNull(channel.tryReceive());
    }

    /** The sender has got its place when the cancel comes: its element is sent. */
    @Test
    void aCancelAfterThePlaceHasCome() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        channel.trySend("a");
        Task<Void> sender = loop.spawn(() -> {
            channel.send("b");
            channel.send("c");
        });
        loop.step(false);
        assertEquals("a", channel.tryReceive());
        sender.cancel();
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, sender.state());
        assertEquals("b", channel.tryReceive());
        assertTrue(channel.trySend("d"));
    }

    /** An interrupt from before the call ends the call, and takes nothing. */
    @Test
    void aTaskThatIsInterruptedReceivesNothing() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        channel.trySend("a");
        inTask(() -> {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, channel::receive);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> channel.send("b"));
            return null;
        });
        assertEquals(1, channel.size());
    }

    @Test
    void afterTheCloseWhatWasSentIsReceived() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        channel.trySend("a");
        channel.trySend("b");
        Task<Void> sender = loop.spawn(() -> channel.send("c"));
        Task<Void> another = loop.spawn(() -> channel.send("d", HOUR));
        loop.step(false);
        channel.close();
        channel.close();
        assertTrue(channel.isClosed());
        loop.runUntilDone();
        for (Task<Void> ended : List.of(sender, another)) {
            Throwable cause = assertThrows(ExecutionException.class, ended::join).getCause();
            assertEquals("send on BoundedChannel[2 of 2, closed]", cause.getMessage());
            assertTrue(cause instanceof ChannelClosedException);
        }
        assertThrows(ChannelClosedException.class, () -> channel.trySend("e"));
        assertThrows(ChannelClosedException.class, () -> channel.send("e"));
        assertEquals("a", inTask(channel::receive));
        assertEquals("b", channel.tryReceive());
        assertThrows(ChannelClosedException.class, channel::tryReceive);
        assertThrows(ChannelClosedException.class, channel::receive);
        assertThrows(ChannelClosedException.class, () -> channel.receive(HOUR));
    }

    @Test
    void theCloseEndsTheWaitOfEachReceiver() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        List<Task<?>> receivers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            receivers.add(loop.spawn(() -> assertThrows(ChannelClosedException.class, channel::receive)));
        }
        loop.step(false);
        channel.close();
        loop.runUntilDone();
        for (Task<?> receiver : receivers) {
            receiver.join();
        }
    }

    /** The close lets nobody take what is promised to somebody else. */
    @Test
    void theCloseAfterASend() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(2);
        for (int i = 0; i < 3; i++) {
            int number = i;
            loop.spawn(() -> {
                try {
                    while (true) {
                        log.add(number + channel.receive());
                    }
                } catch (ChannelClosedException e) {
                    log.add(number + "end");
                }
            });
        }
        loop.step(false);
        channel.trySend("a");
        channel.trySend("b");
        channel.close();
        loop.runUntilDone();
        assertEquals(List.of("0a", "1b", "1end", "2end", "0end"), log);
    }

    /** As with descriptors, see EventLoopBuilder.ioBudget: who never has to wait lets the others run, too. */
    @Test
    void aTaskThatNeverHasToWaitYields() throws Exception {
        BoundedChannel<Integer> channel = new BoundedChannel<>(1000);
        loop.spawn(() -> {
            for (int i = 0; i < 1000; i++) {
                channel.send(i);
            }
            log.add("all sent");
            for (int i = 0; i < 1000; i++) {
                channel.receive();
            }
            log.add("all received");
        });
        loop.spawn(() -> {
            log.add("another");
            loop.sleep(Duration.ZERO);
            while (channel.size() == 1000 || !log.contains("all sent")) {
                loop.sleep(Duration.ZERO);
            }
            log.add("another");
        });
        loop.runUntilDone();
        assertEquals(List.of("another", "all sent", "another", "all received"), log);
    }

    /** A wait that timed out leaves nothing behind, although another receiver goes on waiting before it. */
    @Test
    void timeoutsLeaveNothingBehind() {
        Waiters waiters = new Waiters();
        waiters.enter();
        for (int i = 0; i < 1000; i++) {
            assertTrue(waiters.giveUp(waiters.enter()));
            assertTrue(waiters.size() <= 16, () -> waiters.size() + " have places");
        }
        assertTrue(waiters.grant(7));
        assertFalse(waiters.grant(8));
        assertEquals(1, waiters.size(), "the one that was granted has not left yet");
    }

    /** One that times out again and again, with nobody before it, always has a place. */
    @Test
    void timeoutsOfOneReceiver() {
        Waiters waiters = new Waiters();
        for (int i = 0; i < 100; i++) {
            assertTrue(waiters.giveUp(waiters.enter()));
            assertEquals(0, waiters.size());
        }
        Waiters.Waiter first = waiters.enter();
        Waiters.Waiter second = waiters.enter();
        assertTrue(waiters.giveUp(second));
        assertEquals(2, waiters.size());
        assertTrue(waiters.giveUp(first));
        assertEquals(0, waiters.size());
    }

    @Test
    void theCloseOfTheLoopEndsTheWaits() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        Task<?> waiting = loop.spawn(() -> channel.receive());
        Task<?> timed = loop.spawn(() -> channel.receive(DAY));
        Task<?> stubborn = loop.spawn(() -> {
            assertThrows(InterruptedException.class, channel::receive);
            assertThrows(LoopClosedException.class, channel::receive);
        });
        loop.step(false);
        loop.close();
        assertEquals(Task.State.CANCELLED, waiting.state());
        assertEquals(Task.State.CANCELLED, timed.state());
        assertEquals(Task.State.SUCCEEDED, stubborn.state());
        channel.trySend("a");
        assertEquals("a", channel.tryReceive());
    }

    /** A virtual thread that a task starts by itself waits by the loop's time, too. */
    @Test
    void aVirtualThreadThatIsNoTask() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        inTask(() -> {
            long before = clock.nanoTime();
            Thread thread = Thread.startVirtualThread(() -> {
                assertThrows(TimeoutException.class, () -> channel.receive(HOUR));
                channel.trySend("timed out");
            });
            assertEquals("timed out", channel.receive());
            thread.join();
            assertEquals(HOUR.toNanos(), clock.nanoTime() - before);
            return null;
        });
    }

    /** Thread dumps name the channel. */
    @Test
    void whatATaskWaitsFor() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        Task<String> receiver = loop.spawn(() -> channel.receive());
        loop.step(false);
        assertEquals(channel, LockSupport.getBlocker(receiver.thread()));
        channel.trySend("a");
        loop.runUntilDone();
    }

    /** A receiver that is unparked for no reason goes on waiting. */
    @Test
    void anUnparkIsNoElement() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        Task<String> receiver = loop.spawn(() -> channel.receive(DAY));
        loop.step(false);
        LockSupport.unpark(receiver.thread());
        Loops.steps(loop, 2);
        assertFalse(receiver.isDone());
        channel.trySend("a");
        loop.runUntilDone();
        assertEquals("a", receiver.join());
    }

    /** On a thread without a loop a wait goes by the time of the system. */
    @Test
    void aThreadWithoutALoop() throws Exception {
        BoundedChannel<String> channel = new BoundedChannel<>(1);
        assertThrows(TimeoutException.class, () -> channel.receive(Duration.ofMillis(1)));
        try (EventLoop _ = EventLoop.open()) {
            Thread sender = Thread.ofPlatform().start(() -> channel.trySend("a"));
            assertEquals("a", channel.receive(DAY));
            sender.join();
        }
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, channel::receive);
        channel.send("b");
        assertThrows(TimeoutException.class, () -> channel.send("c", Duration.ofMillis(1)));
        assertEquals("b", channel.receive());
    }
}
