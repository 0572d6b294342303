package io.stepoll.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Task;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.VirtualTimeFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NotifyTest extends VirtualTimeFixture {
    private static final int MANY = 50;

    private final Notify notify = new Notify();
    private final List<Object> log = new ArrayList<>();

    @Test
    void aNotificationIsKeptOnce() throws Exception {
        notify.notifyOne();
        notify.notifyOne();
        inTask(() -> {
            notify.await();
            assertThrows(TimeoutException.class, () -> notify.await(HOUR));
            assertFalse(notify.tryAwait());
            notify.notifyOne();
            assertTrue(notify.tryAwait());
            return null;
        });
    }

    @Test
    void eachNotificationEndsOneWaitInTheirOrder() throws Exception {
        waitMany();
        loop.callSoon(() -> IntStream.range(0, MANY - 1).forEach(_ -> notify.notifyOne()));
        loop.step(false);
        loop.step(false);
        assertEquals(IntStream.range(0, MANY - 1).boxed().toList(), log);
        notify.notifyOne();
        loop.runUntilDone();
        assertFalse(notify.tryAwait());
    }

    @Test
    void allWhoWaitAreNotifiedAndNobodyElse() throws Exception {
        waitMany();
        notify.notifyWaiters();
        loop.runUntilDone();
        assertEquals(IntStream.range(0, MANY).boxed().toList(), log);
        notify.notifyWaiters();
        assertFalse(notify.tryAwait());
    }

    /** Who waits again at once, while all are being notified, is not notified twice. */
    @Test
    void allAreNotifiedOnce() throws Exception {
        Task<Void> task = loop.spawn(() -> {
            while (true) {
                notify.await();
                log.add("notified");
            }
        });
        for (int i = 1; i <= 3; i++) {
            loop.step(false);
            notify.notifyWaiters();
            loop.step(false);
            assertEquals(i, log.size());
        }
        task.cancel();
        loop.runUntilDone();
    }

    private void waitMany() {
        for (int i = 0; i < MANY; i++) {
            int number = i;
            loop.spawn(() -> {
                notify.await();
                log.add(number);
            });
        }
        loop.step(false);
    }

    @Test
    void aCallbackMustNotWait() {
        loop.callSoon(() -> {
            assertThrows(IllegalStateException.class, notify::await);
            assertThrows(IllegalStateException.class, () -> notify.await(SECOND));
            assertFalse(notify.tryAwait());
            log.add("done");
        });
        loop.runUntilDone();
        assertEquals(List.of("done"), log);
    }

    /** The one that was cancelled before takes no notification from the one behind it. */
    @Test
    void aCancelLeavesTheNotificationToTheNext() throws Exception {
        waitMany();
        Task<Void> last = loop.spawn(() -> notify.await());
        Task<Void> cancelled = loop.spawn(() -> notify.await());
        Task<Void> behind = loop.spawn(() -> notify.await(DAY));
        loop.step(false);
        notify.notifyWaiters();
        loop.runUntilDone();
        last.join();
        cancelled.join();
        behind.join();

        Task<Void> first = loop.spawn(() -> notify.await());
        Task<Void> second = loop.spawn(() -> notify.await());
        loop.step(false);
        first.cancel();
        loop.step(false);
        notify.notifyOne();
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, first.state());
        second.join();
    }

    /** The wait ends as notified, and the next one is cancelled. */
    @Test
    void aCancelAfterTheNotification() throws Exception {
        Task<Void> task = loop.spawn(() -> {
            notify.await();
            log.add("notified");
            notify.await();
        });
        loop.step(false);
        notify.notifyOne();
        task.cancel();
        loop.runUntilDone();
        assertEquals(List.of("notified"), log);
        assertEquals(Task.State.CANCELLED, task.state());
        assertFalse(notify.tryAwait());
    }

    /** Two threads count; a task of a loop and a thread each wait until everything was counted. No wake-up is lost. */
    @Test
    void threadsNotify() throws Exception {
        int each = Integer.getInteger("stepoll.notifications", 20_000);
        AtomicInteger counted = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        try (RunningLoop running = new RunningLoop()) {
            Task<Void> waiter = running.loop().spawn(() -> {
                while (taken.addAndGet(counted.getAndSet(0)) < 2 * each) {
                    notify.await();
                }
            });
            Runnable counts = () -> {
                for (int i = 0; i < each; i++) {
                    counted.incrementAndGet();
                    notify.notifyOne();
                }
            };
            Thread first = Thread.ofPlatform().start(counts);
            Thread second = Thread.ofPlatform().start(counts);
            first.join();
            second.join();
            waiter.join();
            assertEquals(2 * each, taken.get());
        }
    }
}
