package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.IdleStrategy;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.time.LoopClock;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Looks;
import io.stepoll.support.ScriptedClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a loop does while there is nothing to do. The tests count the writes to its eventfd and measure no time. */
@Timeout(60)
class IdleStrategyTest {
    private static final int SUBMITS = 200;

    /** Opens a group of one loop. */
    private static LoopGroup open(IdleStrategy strategy) throws IOException {
        return LoopGroup.builder().loops(1).options(options -> options.idleStrategy(strategy)).open();
    }

    /** Submits callbacks, each after the one before has ended. Returns how many of the submits wrote the eventfd. */
    private static long writes(IdleStrategy strategy) throws Exception {
        try (LoopGroup group = open(strategy)) {
            EventLoop loop = group.loop(0);
            loop.spawn(() -> {}).join(); // now the loop runs
            Poller poller = Loop.of(loop).poller();
            long before = poller.wakeup().writes();
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
        return CompletableFuture.supplyAsync(body, loop).join();
    }

    @Test
    void aSpinningLoopNeedsNoWakeUp() throws Exception {
        assertEquals(0, writes(IdleStrategy.spin()));
        assertEquals(0, writes(IdleStrategy.spinFor(Duration.ofHours(1))));
        assertEquals(0, writes(IdleStrategy.yieldFor(Duration.ofHours(1))));
    }

    /** When the loop sleeps, the next submit has to write the eventfd. */
    @Test
    void aSleepingLoopIsWoken() throws Exception {
        try (LoopGroup group = open(IdleStrategy.sleep())) {
            EventLoop loop = group.loop(0);
            Poller poller = Loop.of(loop).poller();
            submit(loop, () -> null);
            long before = poller.wakeup().writes();
            untilWrites(loop, poller, before + 1);
        }
    }

    /** After the time to spin the loop sleeps, and only a write to the eventfd ends the sleep. */
    @Test
    void spinsAndThenSleeps() throws Exception {
        try (LoopGroup group = open(IdleStrategy.spinFor(Duration.ofNanos(1)))) {
            EventLoop loop = group.loop(0);
            loop.spawn(() -> {}).join();
            Poller poller = Loop.of(loop).poller();
            untilWrites(loop, poller, 20);
        }
    }

    /** A clock that passes by itself, in which a sleep takes no real time. */
    private static final class CountedPolls extends LoopClock {
        private long nowNanos;
        private int looks; // polls that do not sleep
        private int sleeps;

        @Override
        public long nanoTime() {
            return nowNanos++;
        }

        @Override
        public int poll(Poller poller, long timeoutNanos, long deadlineNanos) {
            if (timeoutNanos > 0) {
                sleeps++;
            } else {
                looks++;
            }
            nowNanos += timeoutNanos;
            return poller.poll(0);
        }

        @Override
        public boolean passesByItself() {
            return true;
        }
    }

    /** A loop that yields in vain sleeps at once for a while. */
    @Test
    void yieldsSeldomWhileThatIsInVain() throws Exception {
        for (IdleStrategy strategy : List.of(IdleStrategy.spinFor(Duration.ofNanos(1)),
                IdleStrategy.yieldFor(Duration.ofNanos(1)))) {
            CountedPolls polls = new CountedPolls();
            try (EventLoop loop = new LoopBuilder().clock(polls).idleStrategy(strategy).open()) {
                for (int i = 0; i < 1000; i++) {
                    loop.callLater(Duration.ofSeconds(1), () -> {});
                    loop.runUntilDone();
                }
            }
            assertTrue(polls.sleeps >= 1000);
            int spins = polls.looks - 1000; // each run ends with a step that does not sleep
            assertTrue(strategy.yields() ? spins > 1 && spins < 100 : spins >= 1000, spins + " spins: " + strategy);
        }
    }

    /** Submits again and again. Each submit that finds the loop asleep writes the eventfd. */
    private static void untilWrites(EventLoop loop, Poller poller, long enough) throws Exception {
        Looks.until(() -> {
            submit(loop, () -> null);
            return poller.wakeup().writes() >= enough;
        });
    }

    @Test
    void timersAndReadinessWhileSpinning() throws Exception {
        try (LoopGroup group = open(IdleStrategy.spin())) {
            EventLoop loop = group.loop(0);
            long begun = System.nanoTime();
            CountDownLatch fired = new CountDownLatch(1);
            Duration delay = Duration.ofMillis(5);
            loop.callLater(delay, fired::countDown);
            fired.await();
            assertTrue(System.nanoTime() - begun >= delay.toNanos(), "never too early");
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

    @Test
    void aStopAndAnInterruptEndASpin() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            boolean interrupt = i == 0;
            CompletableFuture<EventLoop> opened = new CompletableFuture<>();
            Thread thread = Thread.ofPlatform().start(() -> {
                try (EventLoop loop = EventLoop.builder().idleStrategy(IdleStrategy.spin()).open()) {
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

    /** A virtual clock moves only when its loop sleeps, so a spin would never end. */
    @Test
    void noSpinUnderAVirtualClock() throws Exception {
        try (EventLoop loop = new LoopBuilder().clock(new ScriptedClock()).idleStrategy(IdleStrategy.spin()).open()) {
            loop.callLater(Duration.ofDays(1), () -> {});
            loop.runUntilDone();
            assertTrue(Loop.of(loop).poller().polls() < 10);
        }
    }

    @Test
    void badTimes() {
        assertThrows(IllegalArgumentException.class, () -> IdleStrategy.spinFor(Duration.ZERO));
        assertThrows(NullPointerException.class, () -> IdleStrategy.spinFor(null));
        assertThrows(IllegalArgumentException.class, () -> IdleStrategy.yieldFor(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> EventLoop.builder().idleStrategy(null));
        assertEquals("spin for PT1S", IdleStrategy.spinFor(Duration.ofSeconds(1)).toString());
    }
}
