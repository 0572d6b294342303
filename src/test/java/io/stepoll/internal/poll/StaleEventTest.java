package io.stepoll.internal.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Interest;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Errno;
import io.stepoll.support.Libc;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An event for a descriptor that was closed reaches nobody, although its slot has another descriptor by then. The call
 * that follows a wake-up forgives a wrong one, so these tests count the wake-ups themselves.
 *
 * <p>epoll goes on reporting a closed descriptor as long as somebody has a duplicate of it. So each test has one, and
 * decides by it when the late event comes.
 */
@Timeout(60)
class StaleEventTest {
    private static final int STEPS = 5;

    private EventLoop loop;
    private Poller poller;
    private int[] closed;
    private int duplicate;
    private int[] reused;
    private Descriptor descriptor;
    private Registration registration;

    /** A socket that may have taken descriptors is taken off epoll before it is closed. */
    @BeforeAll
    static void assumeSocketsThatTakeNone() {
        RawSockets.assumeRefusable();
    }

    /** Closes a descriptor that has a duplicate, and puts another one into its slot. */
    @BeforeEach
    void reuseASlot() throws Exception {
        loop = EventLoop.open();
        poller = Loop.of(loop).poller();
        closed = RawSockets.pair();
        duplicate = Libc.dup(closed[0]);
        reused = RawSockets.pair();
        try (Descriptor first = loop.own(closed[0])) {
            registration = poller.find(first.fd());
        }
        Registration former = registration;
        descriptor = loop.own(reused[0]);
        registration = poller.find(descriptor.fd());
        assertEquals(former.slot, registration.slot);
    }

    @AfterEach
    void close() {
        loop.close();
        RawSockets.close(closed[1]);
        RawSockets.close(duplicate);
        RawSockets.close(reused[1]);
    }

    /** Makes epoll report the closed descriptor, and sees that it does. */
    private void lateEvent() {
        long before = poller.dispatched();
        assertEquals(1, RawSockets.send(closed[1], 1));
        Loops.steps(loop, STEPS);
        assertEquals(before + 1, poller.dispatched());
    }

    /** The readiness that a registration knows of is its own. */
    @Test
    void tellsNoReadiness() {
        lateEvent();
        assertFalse(registration.isKnownToBeReadable());
    }

    @Test
    void callsNoHandler() throws Exception {
        int[] calls = {0};
        ReadinessHandler counting = ready -> calls[0]++;
        descriptor.handle(counting, true, false);
        lateEvent();
        assertEquals(0, calls[0]);
    }

    @Test
    void endsNoWait() throws Exception {
        int[] attempts = {0};
        Task<Long> waiting = loop.spawn(() -> descriptor.perform(Interest.READ, "count", fd -> {
            attempts[0]++;
            return -Errno.EAGAIN;
        }));
        Loops.steps(loop, STEPS);
        assertEquals(1, attempts[0]);
        lateEvent();
        assertEquals(1, attempts[0]);
        assertFalse(waiting.isDone());
    }

    /** A poll that reports nothing else goes on sleeping, so it must not count the event. */
    @Test
    void countsAsNobodysNotification() throws Exception {
        Task<Long> waiting = loop.spawn(() -> descriptor.perform(Interest.READ, "wait", fd -> -Errno.EAGAIN));
        Loops.steps(loop, STEPS);
        assertTrue(registration.hasWaiters());
        assertEquals(1, RawSockets.send(closed[1], 1));
        assertEquals(0, poller.poll(0));
        assertFalse(waiting.isDone());
    }
}
