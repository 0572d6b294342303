package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.support.KernelThread;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An idle loop makes one system call, and sleeps in it. */
@Timeout(120)
class IdleTest {
    private static final int SOCKETS = 1000;
    private static final long WINDOW_MILLIS = 2000;

    private final List<Descriptor> kept = new ArrayList<>();

    @Test
    void idleLoopSleeps() throws Exception {
        CompletableFuture<EventLoop> opened = new CompletableFuture<>();
        CompletableFuture<KernelThread> opener = new CompletableFuture<>();
        List<Integer> peers = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try (EventLoop loop = EventLoop.open()) {
                for (int i = 0; i < SOCKETS; i++) {
                    peers.add(idleSocket(loop, i));
                }
                RawSockets.close(peers.removeFirst()); // the first socket is hung up
                opener.complete(KernelThread.current());
                opened.complete(loop);
                loop.run();
            } catch (Throwable e) {
                opened.completeExceptionally(e);
                throw new AssertionError(e);
            }
        });
        EventLoop loop = opened.join();
        KernelThread kernelThread = opener.join();
        String before = kernelThread.awaitSleep();
        String callBefore = kernelThread.systemCall();
        Poller poller = Loop.of(loop).poller();
        long polls = poller.polls();
        Thread.sleep(WINDOW_MILLIS); // a window in which nothing may happen has no event to wait for
        assertEquals(before, kernelThread.switches(), "the loop's thread was scheduled");
        assertEquals(callBefore, kernelThread.systemCall(), "the system call that the thread is in");
        assertEquals(polls, poller.polls());
        loop.stop();
        thread.join();
        peers.forEach(RawSockets::close);
    }

    /**
     * Makes a socket, every other one shared, and returns its peer. A task reads from the socket, or writes more than
     * the peer takes. Nobody waits for the first socket.
     */
    private int idleSocket(EventLoop loop, int number) throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = number % 2 == 0 ? loop.own(ends[0]) : loop.adopt(ends[0]);
        kept.add(socket); // the garbage collector would close an unreachable one, perhaps while the test measures
        if (number == 1 || number == 2) {
            loop.spawn(() -> socket.write(ByteBuffer.allocate(4_000_000)));
        } else if (number > 2) {
            loop.spawn(() -> socket.read(ByteBuffer.allocate(64)));
        }
        return ends[1];
    }

    /** An outer loop polls the descriptor of an inner loop. The descriptor is readable only when events came for it. */
    @Test
    void embeddedInAnotherLoop() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop outer = EventLoop.open(); EventLoop inner = EventLoop.open()) {
            Descriptor socket = inner.own(ends[0]);
            List<String> log = new ArrayList<>();
            CompletableFuture<Void> received = new CompletableFuture<>();
            inner.spawn(() -> {
                log.add("received " + socket.read(ByteBuffer.allocate(8)));
                received.complete(null);
            });
            Descriptor innerLoop = outer.adopt(inner.fd());
            boolean[] isReadable = {true};
            innerLoop.handle(descriptor -> isReadable[0] = true, true, false);
            outer.callLater(Duration.ofMillis(20), () -> RawSockets.send(ends[1], 5));
            received.thenRunAsync(() -> inner.callSoon(() -> log.add("submitted")),
                    task -> Thread.ofPlatform().start(task));
            int steps = 0;
            while (log.size() < 2) { // between the steps of the outer loop: no callback may step a loop
                if (isReadable[0] || inner.timeoutNanos() == 0) {
                    isReadable[0] = false;
                    steps++;
                    inner.step(false);
                } else {
                    outer.step(true);
                }
            }
            innerLoop.disown();
            assertEquals(List.of("received 5", "submitted"), log);
            int counted = steps;
            assertTrue(steps < 10, () -> "steps of the embedded loop: " + counted);
        } finally {
            RawSockets.close(ends[1]);
        }
    }
}
