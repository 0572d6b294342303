package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.poll.Poller;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a loop does while there is nothing to do: told by what is written to its eventfd, and not by time. */
@Timeout(60)
class WaitingTest {
    private static final int SUBMITS = 200;

    /** How many of the submits, each after the end of the one before, wrote the eventfd. */
    private static int writes(Waiting waiting) throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(1).options(o -> o.waiting(waiting)).open()) {
            EventLoop loop = group.loop(0);
            loop.spawn(() -> {}).join(); // it runs
            Poller poller = loop.reactor().poller;
            int before = poller.wakeup().writes();
            for (int i = 0; i < SUBMITS; i++) {
                long polls = submit(loop, poller::polls);
                while (submit(loop, poller::polls) == polls) {
                    Thread.onSpinWait();
                }
            }
            return poller.wakeup().writes() - before;
        }
    }

    private static <T> T submit(EventLoop loop, Supplier<T> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> result.complete(body.get()));
        return result.join();
    }

    @Test
    void aSpinningLoopIsAwake() throws Exception {
        assertEquals(0, writes(Waiting.spin()));
        assertEquals(0, writes(Waiting.spinFor(Duration.ofHours(1))));
    }

    /** It sleeps in between, at the latest while nobody submits; so some are written. */
    @Test
    void aSleepingLoopIsWoken() throws Exception {
        assertTrue(writes(Waiting.sleep()) > 0);
    }

    /** When the time to spin is over it sleeps, and only a written eventfd ends that. */
    @Test
    void spinsAndThenSleeps() throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(1)
                .options(o -> o.waiting(Waiting.spinFor(Duration.ofNanos(1)))).open()) {
            EventLoop loop = group.loop(0);
            loop.spawn(() -> {}).join();
            Poller poller = loop.reactor().poller;
            while (poller.wakeup().writes() < 20) {
                submit(loop, () -> null);
                Thread.sleep(1); // so that it gets to sleep; if not this time, another
            }
        }
    }

    @Test
    void timersAndReadinessWhileSpinning() throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(1).options(o -> o.waiting(Waiting.spin())).open()) {
            EventLoop loop = group.loop(0);
            long begun = System.nanoTime();
            CountDownLatch fired = new CountDownLatch(1);
            loop.callLater(TimeUnit.MILLISECONDS.toNanos(5), fired::countDown);
            fired.await();
            assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(5), "never too early");
            Listener listener = loop.spawn(() -> Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))).join();
            Task<Integer> server = loop.spawn(() -> {
                try (StreamSocket connection = listener.accept()) {
                    ByteBuffer buffer = ByteBuffer.allocate(1);
                    int count = 0;
                    while (connection.read(buffer.clear()) >= 0) {
                        connection.write(buffer.flip());
                        count++;
                    }
                    return count;
                }
            });
            try (SocketChannel client = SocketChannel.open(loop.spawn(listener::localAddress).join())) {
                for (int i = 0; i < 100; i++) {
                    client.write(ByteBuffer.allocate(1));
                    assertEquals(1, client.read(ByteBuffer.allocate(1)));
                }
            }
            assertEquals(100, server.join());
        }
    }

    /** A stop and an interrupt end a spin; so does nothing else, for which the group's end stands here. */
    @Test
    void stopsAndInterrupts() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            boolean interrupt = i == 0;
            CompletableFuture<EventLoop> opened = new CompletableFuture<>();
            Thread thread = Thread.ofPlatform().start(() -> {
                try (EventLoop loop = EventLoop.builder().waiting(Waiting.spin()).open()) {
                    loop.callSoon(() -> opened.complete(loop));
                    loop.run();
                    ended.addAndGet(Thread.currentThread().isInterrupted() == interrupt ? 1 : 0);
                } catch (IOException e) {
                    opened.completeExceptionally(e);
                }
            });
            EventLoop loop = opened.join();
            if (interrupt) {
                thread.interrupt();
            } else {
                loop.stop();
            }
            thread.join();
        }
        assertEquals(2, ended.get());
    }

    /** Virtual time passes only by sleeping. */
    @Test
    void noSpinUnderAVirtualClock() throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(new ScriptedClock()).waiting(Waiting.spin()).open()) {
            loop.callLater(TimeUnit.DAYS.toNanos(1), () -> {});
            loop.runUntilDone();
            assertTrue(loop.reactor().poller.polls() < 10);
        }
    }

    @Test
    void badTimes() {
        assertThrows(IllegalArgumentException.class, () -> Waiting.spinFor(Duration.ZERO));
        assertThrows(NullPointerException.class, () -> EventLoop.builder().waiting(null));
        assertEquals("spin for PT1S", Waiting.spinFor(Duration.ofSeconds(1)).toString());
    }
}
