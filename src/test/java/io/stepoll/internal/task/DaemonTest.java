package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.Timer;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.shutdown.ShutdownReport;
import io.stepoll.support.RawSockets;
import io.stepoll.support.VirtualTimeFixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tasks and timers that do not keep a loop from being done. */
@Timeout(60)
class DaemonTest extends VirtualTimeFixture {
    private final List<String> log = new ArrayList<>();

    private Duration now() {
        return Duration.ofNanos(clock.nanoTime());
    }

    /** What a daemon waits in when the run returns. */
    enum Wait {
        SLEEP, SLEEP_UNDER_A_DEADLINE, READ, READ_WITH_TIMEOUT, LATCH, JOIN, GROUP;

        void await(EventLoop loop, StreamSocket socket, CountDownLatch latch, Task<?> other) throws Exception {
            switch (this) {
                case SLEEP -> loop.sleep(HOUR);
                case SLEEP_UNDER_A_DEADLINE -> loop.within(DAY, () -> loop.sleep(HOUR));
                case READ -> socket.read(ByteBuffer.allocate(1));
                case READ_WITH_TIMEOUT -> socket.read(ByteBuffer.allocate(1), DAY);
                case LATCH -> latch.await();
                case JOIN -> other.join();
                case GROUP -> {
                    try (TaskGroup<Void> group = loop.openGroup()) {
                        group.spawn(() -> loop.sleep(HOUR));
                        group.join();
                    }
                }
            }
        }
    }

    /** The run returns at once; the daemon stays, and goes on in a later run, while another task lives. */
    @ParameterizedTest
    @EnumSource
    void aRunReturnsAndTheDaemonStays(Wait wait) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        CountDownLatch latch = new CountDownLatch(1);
        Task<Void> other = loop.spawnDaemon(() -> latch.await());
        Task<String> daemon = loop.spawnDaemon("housekeeper", () -> {
            wait.await(loop, pair[0], latch, other);
            return "done";
        });
        assertTrue(daemon.isDaemon());
        assertEquals("housekeeper", daemon.name());
        loop.runUntilDone();
        assertEquals(Duration.ZERO, now());
        assertSame(Task.State.RUNNING, daemon.state());
        assertTrue(loop.step(false).done());

        RawSockets.send(pair[1].descriptor().fd(), 1);
        latch.countDown();
        assertEquals("done", inTask(daemon::join));
        assertFalse(Task.State.RUNNING == other.state());
        pair[0].close();
        pair[1].close();
    }

    /** Other work keeps the loop going, and a daemon works meanwhile, however often it has waited. */
    @Test
    void aDaemonWorksWhileOthersDo() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Void> daemon = loop.spawnDaemon(() -> {
            while (pair[0].read(ByteBuffer.allocate(8)) >= 0) {
                loop.within(SECOND, () -> loop.sleep(Duration.ofMillis(1)));
                log.add("read at " + now());
            }
        });
        inTask(() -> {
            for (int i = 0; i < 3; i++) {
                loop.sleep(MINUTE);
                pair[1].write(ByteBuffer.allocate(1));
            }
            loop.sleep(SECOND);
            return null;
        });
        assertEquals(List.of("read at PT1M0.001S", "read at PT2M0.001S", "read at PT3M0.001S"), log);
        assertEquals(MINUTE.multipliedBy(3).plus(SECOND), now());
        pair[1].close();
        assertNull(inTask(daemon::join));
        pair[0].close();
    }

    @Test
    void theCloseCancelsADaemon() throws Exception {
        Task<Void> daemon = loop.spawnDaemon(() -> {
            try {
                loop.sleep(HOUR);
            } finally {
                log.add("cleaned up");
            }
        });
        loop.runUntilDone();
        loop.close();
        assertSame(Task.State.CANCELLED, daemon.state());
        assertEquals(List.of("cleaned up"), log);
    }

    /** What a daemon spawns is no daemon, and the tasks of its group are. */
    @Test
    void whatADaemonStarts() throws Exception {
        List<Task<?>> started = new ArrayList<>();
        Task<Void> daemon = loop.spawnDaemon(() -> {
            started.add(loop.spawn(() -> loop.sleep(SECOND)));
            try (TaskGroup<Void> group = loop.openGroup()) {
                started.add(group.spawn(() -> loop.sleep(HOUR)));
                group.join();
            }
        });
        loop.runUntilDone();
        assertEquals(SECOND, now());
        assertEquals(List.of(false, true), started.stream().map(Task::isDaemon).toList());
        assertSame(Task.State.RUNNING, started.get(1).state());
        daemon.cancel();
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, started.get(1).state());
        assertEquals(SECOND, now());
    }

    @Test
    void timers() {
        Timer once = loop.callLater(MINUTE, () -> log.add("once at " + now()));
        once.setDaemon(true);
        PeriodicTimer often = loop.callAtFixedRate(SECOND, MINUTE.multipliedBy(2), () -> log.add("often at " + now()));
        often.setDaemon(true);
        loop.runUntilDone();
        assertEquals(List.of(), log);
        assertTrue(once.isPending() && once.isDaemon() && often.isPending());

        loop.callLater(MINUTE.multipliedBy(3), () -> log.add("end"));
        loop.runUntilDone();
        assertEquals(List.of("often at PT1S", "once at PT1M", "often at PT2M1S", "end"), log);
        once.reset(SECOND); // still a daemon
        loop.runUntilDone();
        assertTrue(once.isPending());
        once.setDaemon(false);
        loop.runUntilDone();
        assertFalse(once.isPending());
        assertFalse(once.isDaemon());
        often.setDaemon(false);
        loop.callLater(HOUR, often::cancel);
        loop.runUntilDone();
        assertEquals(HOUR.plusMinutes(3).plusSeconds(1), now());
    }

    /** The queue of timers knows of each of its entries whether it is a daemon, whatever happens to them. */
    @Test
    void theCountOfDaemonTimersIsExact() {
        List<Timer> timers = new ArrayList<>();
        long random = 7;
        for (int i = 0; i < 3000; i++) {
            random = random * 6364136223846793005L + 1442695040888963407L;
            int choice = (int) (random >>> 33) % 6;
            if (timers.size() < 5) {
                timers.add(loop.callLater(Duration.ofNanos(i % 7), () -> {}));
            }
            Timer timer = timers.get((int) (random >>> 40) % timers.size());
            switch (choice) {
                case 0 -> timer.setDaemon(true);
                case 1 -> timer.setDaemon(false);
                case 2 -> timer.reset(Duration.ofNanos(i % 11));
                case 3 -> timer.cancel();
                case 4 -> clock.advance(Duration.ofNanos(3));
                default -> loop.step(false);
            }
            boolean onlyDaemons = timers.stream().allMatch(each -> each.isDaemon() || !each.isPending());
            assertEquals(onlyDaemons, Loop.of(loop).reactor().isDone(), "at " + i);
        }
        timers.forEach(Timer::cancel);
    }

    @Test
    void fromAnotherThread() throws Exception {
        Timer timer = loop.callLater(HOUR, () -> log.add("never"));
        loop.step(false);
        Thread.ofPlatform().start(() -> timer.setDaemon(true)).join();
        loop.runUntilDone();
        assertEquals(Duration.ZERO, now());
        CompletableFuture<Task<String>> spawned = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> spawned.complete(loop.spawnDaemon(() -> {
            loop.sleep(DAY);
            return "";
        }))).join();
        loop.runUntilDone();
        assertEquals(Duration.ZERO, now());
        assertEquals(List.of(), log);
        timer.cancel();
        spawned.join().cancel();
        loop.runUntilDone();
    }

    /** A drain neither waits for daemons nor names them, and the abort leaves them to the close. */
    @ParameterizedTest
    @EnumSource(names = {"SLEEP", "READ", "LATCH"})
    void aShutdownDoesNotWaitForDaemons(Wait wait) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Void> daemon = loop.spawnDaemon(() -> wait.await(loop, pair[0], new CountDownLatch(1), null));
        Task<Void> ordinary = loop.spawn(() -> loop.sleep(DAY));
        loop.step(false);
        ShutdownReport report = runShutdown();
        assertEquals(1, report.steps().get(1).left().size(), report::toString);
        assertTrue(report.steps().get(2).left().isEmpty(), report::toString);
        assertSame(Task.State.CANCELLED, ordinary.state());
        assertSame(Task.State.RUNNING, daemon.state());
        assertTrue(runShutdown().isClean());
        loop.close();
        assertSame(Task.State.CANCELLED, daemon.state());
        assertNull(EventLoop.current());
    }

    private ShutdownReport runShutdown() {
        CompletableFuture<ShutdownReport> report = Shutdown.of(loop).start();
        loop.run();
        return report.join();
    }
}
