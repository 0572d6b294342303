package io.stepoll.internal.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.HangUp;
import io.stepoll.IdleStrategy;
import io.stepoll.Interest;
import io.stepoll.LoopGroup;
import io.stepoll.PeriodicTimer;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.metrics.GroupMetrics;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.ServerMetrics;
import io.stepoll.metrics.Timing;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.LoopSocketFactory;
import io.stepoll.net.SeqpacketSocket;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import io.stepoll.net.TruncatedDatagramException;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.sync.Notify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The numbers of a loop, against what the test itself has counted. */
@Timeout(60)
class LoopMetricsTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static long difference(LoopMetrics before, EventLoop loop, Metric metric) {
        return loop.metrics().minus(before).get(metric);
    }

    @Test
    void stepsCallbacksAndTimersAreCounted() throws Exception {
        try (EventLoop loop = EventLoop.builder().name("counted").clock(VirtualClock.create()).open()) {
            LoopMetrics before = loop.metrics();
            loop.callSoon(() -> {});
            loop.callSoon(() -> {
                throw new IllegalStateException("expected");
            });
            loop.callLater(Duration.ofMillis(5), () -> {});
            loop.callLater(HOUR, () -> {}).cancel();
            loop.callLater(HOUR, () -> {}).setDaemon(true);
            loop.runUntilDone();
            LoopMetrics all = loop.metrics();
            LoopMetrics run = all.minus(before);
            assertEquals("counted", run.name());
            assertEquals(1, run.get(Metric.CALLBACKS_FAILED));
            assertEquals(1, run.get(Metric.TIMERS_FIRED));
            assertEquals(1, run.get(Timing.TIMER_LAG).count());
            assertEquals(0, run.get(Timing.TIMER_LAG).maxNanos(), "time is virtual");
            assertEquals(0, run.get(Timing.STEP_LENGTH).count(), "the option is off");
            assertTrue(run.get(Metric.CALLBACKS) >= 2, run::toString);
            assertTrue(run.get(Metric.STEPS) >= 2 && run.get(Metric.POLLS) >= run.get(Metric.STEPS), run::toString);
            assertEquals(1, all.get(Metric.TIMERS_PENDING), "the daemon");
            assertThrows(IllegalArgumentException.class, () -> before.minus(all));
            assertThrows(IllegalArgumentException.class, () -> run.rate(Metric.TIMERS_PENDING));
            assertEquals(run.get(Metric.STEPS) / (run.span().toNanos() / 1e9), run.rate(Metric.STEPS), 1e-3);
        }
    }

    /** Two loops may have the same name. A difference is no snapshot of a loop since its begin. */
    @Test
    void aDifferenceIsOfOneLoop() throws Exception {
        try (EventLoop one = EventLoop.builder().name("same").open();
                EventLoop other = EventLoop.builder().name("same").open()) {
            LoopMetrics first = one.metrics();
            one.step(false);
            LoopMetrics second = one.metrics();
            LoopMetrics since = second.minus(first);
            assertEquals(1, since.get(Metric.STEPS));
            assertEquals(second.takenNanos() - first.takenNanos(), since.span().toNanos());
            assertEquals(0, second.minus(second).get(Metric.STEPS));
            LoopMetrics others = other.metrics();
            assertThrows(IllegalArgumentException.class, () -> others.minus(first));
            assertThrows(IllegalArgumentException.class, () -> one.metrics().minus(since));
            assertThrows(IllegalArgumentException.class, () -> first.minus(second));
        }
    }

    @Test
    void tasksAreCountedByTheirEnds() throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            Task<?> fails = loop.spawn(() -> {
                throw new IllegalStateException("expected");
            });
            loop.spawn(() -> {});
            Task<?> sleeper = loop.spawn(() -> loop.sleep(HOUR));
            Task<?> neverBegins = loop.spawn(() -> {});
            neverBegins.cancel();
            loop.step(false);
            LoopMetrics metrics = loop.metrics();
            assertEquals(3, metrics.get(Metric.TASKS_BEGUN), metrics::toString);
            assertEquals(2, metrics.get(Metric.TASKS_ENDED));
            assertEquals(1, metrics.get(Metric.TASKS_LIVE));
            assertEquals(1, metrics.get(Metric.TASKS_FAILED));
            assertEquals(1, metrics.get(Metric.TASKS_CANCELLED));
            assertEquals(1, metrics.get(Metric.TIMERS_PENDING) - 1, "the sleep, and the report of the failure");
            assertEquals(4, metrics.get(Metric.TASK_SWITCHES));
            assertThrows(ExecutionException.class, fails::join);
            sleeper.cancel();
            loop.runUntilDone();
            assertEquals(2, loop.metrics().get(Metric.TASKS_CANCELLED));
            assertEquals(0, loop.metrics().get(Metric.TASKS_LIVE));
        }
    }

    /** Those of a group that fails, of a race, and a daemon; one of them is cancelled before it begins. */
    @Test
    void tasksOfGroupsAndDaemonsAreCounted() throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            Task<?> owner = loop.spawn(() -> {
                try (TaskGroup<Integer> group = loop.openGroup()) {
                    group.spawn(() -> {
                        loop.sleep(HOUR);
                        return 1;
                    });
                    group.spawn(() -> {
                        throw new IllegalStateException("expected");
                    });
                    group.spawn(() -> 3).cancel();
                    assertThrows(ExecutionException.class, group::join);
                }
                try (TaskRace<Integer> race = loop.openRace()) {
                    race.spawn(() -> 1);
                    race.spawn(() -> {
                        loop.sleep(HOUR);
                        return 2;
                    });
                    assertEquals(1, race.join());
                }
            });
            loop.spawnDaemon(() -> loop.sleep(HOUR.multipliedBy(9)));
            loop.runUntilDone();
            owner.join();
            LoopMetrics metrics = loop.metrics();
            long ofRace = metrics.get(Metric.TASKS_BEGUN) - 4; // the owner, two of the group, the daemon
            assertTrue(ofRace >= 1 && ofRace <= 2, metrics::toString); // the loser begins if its turn comes first
            assertEquals(3 + ofRace, metrics.get(Metric.TASKS_ENDED), metrics::toString);
            assertEquals(1, metrics.get(Metric.TASKS_FAILED), metrics::toString);
            assertEquals(3, metrics.get(Metric.TASKS_CANCELLED), metrics::toString);
            assertEquals(1, metrics.get(Metric.TASKS_LIVE), metrics::toString);
        }
    }

    /** A timer that repeats counts each time, one that moves once, and one that is cancelled never. */
    @Test
    void timersAreCountedAsTheyFire() throws Exception {
        Duration tick = Duration.ofMillis(5);
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            int[] ticks = {0};
            PeriodicTimer[] timer = new PeriodicTimer[1];
            timer[0] = loop.callAtFixedRate(tick, tick, () -> {
                if (++ticks[0] == 3) {
                    timer[0].cancel();
                }
            });
            loop.callLater(tick, () -> { }).cancel();
            Timer moves = loop.callLater(tick, () -> { });
            moves.reset(tick.multipliedBy(2));
            moves.reset(tick.multipliedBy(4));
            Timer[] taken = new Timer[1];
            loop.callLater(tick, () -> taken[0].cancel()); // before the other one, which is due as well
            taken[0] = loop.callLater(tick, () -> { });
            taken[0].cancel();
            taken[0] = loop.callLater(tick, () -> { });
            taken[0].reset(tick);
            loop.callLater(tick, () -> taken[0].cancel());
            assertEquals(5, loop.metrics().get(Metric.TIMERS_PENDING));
            loop.runUntilDone();
            LoopMetrics metrics = loop.metrics();
            assertEquals(3, ticks[0]);
            assertEquals(6, metrics.get(Metric.TIMERS_FIRED), metrics::toString); // 3 ticks, the moved, two that cancel
            assertEquals(0, metrics.get(Metric.TIMERS_PENDING), metrics::toString);
        }
    }

    /** Four threads submit while a fifth takes snapshots all the time: nothing is lost, and nothing goes back. */
    @Test
    void nothingIsLostOrGoesBackUnderLoad() throws Exception {
        int threads = 4;
        int each = Integer.getInteger("stepoll.metrics.submits", 20_000);
        try (LoopGroup group = LoopGroup.builder().loops(1).options(o -> o.histograms(true)).open()) {
            EventLoop loop = group.loop(0);
            AtomicBoolean ends = new AtomicBoolean();
            AtomicLong snapshots = new AtomicLong();
            List<String> wrong = new ArrayList<>();
            Thread reader = Thread.ofPlatform().start(() -> {
                LoopMetrics last = loop.metrics();
                while (!ends.get()) {
                    LoopMetrics next = loop.metrics();
                    for (Metric metric : Metric.values()) {
                        if (metric.kind() != Metric.Kind.GAUGE && next.get(metric) < last.get(metric)) {
                            wrong.add(metric + ": " + last.get(metric) + ", then " + next.get(metric));
                        }
                    }
                    if (next.get(Metric.TASKS_ENDED) > next.get(Metric.TASKS_BEGUN)) {
                        wrong.add("more have ended than begun");
                    }
                    next.minus(last); // throws if a bucket goes back
                    last = next;
                    snapshots.incrementAndGet();
                }
            });
            AtomicLong ran = new AtomicLong();
            List<Thread> submitters = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                submitters.add(Thread.ofPlatform().start(() -> {
                    for (int j = 0; j < each; j++) {
                        if (j % 10 == 0) {
                            loop.spawn(() -> {
                                ran.incrementAndGet();
                            });
                        } else {
                            loop.callSoon(ran::incrementAndGet);
                        }
                    }
                }));
            }
            for (Thread submitter : submitters) {
                submitter.join();
            }
            long all = (long) threads * each;
            Looks.until(() -> ran.get() == all && loop.metrics().get(Metric.TASKS_LIVE) == 0);
            ends.set(true);
            reader.join();
            LoopMetrics metrics = loop.metrics();
            assertEquals(List.of(), wrong);
            assertTrue(snapshots.get() > 10, () -> snapshots + " snapshots");
            assertEquals(all, metrics.get(Metric.SUBMITS), metrics::toString);
            assertEquals(all / 10, metrics.get(Metric.TASKS_BEGUN));
            assertEquals(all / 10, metrics.get(Metric.TASKS_ENDED));
            assertEquals(all - all / 10, metrics.get(Metric.CALLBACKS));
            assertEquals(all, metrics.get(Timing.CALLBACK_LAG).count(), "each item was queued once");
            assertEquals(0, metrics.get(Metric.INBOX_DEPTH));
            assertTrue(metrics.get(Metric.INBOX_DEPTH_MOST) > 0 && metrics.get(Metric.INBOX_DEPTH_MOST) <= all);
            assertTrue(metrics.get(Metric.WAKE_UPS) <= metrics.get(Metric.POLLS) + 1, metrics::toString);
            assertTrue(metrics.get(Timing.STEP_LENGTH).count() > 0, metrics::toString);
        }
    }

    /** All that waits while the loop is held: more than it takes at a time. No snapshot looks meanwhile. */
    @Test
    void theDepthOfAnInboxIsCounted() throws Exception {
        int threads = 4;
        int each = 5000;
        try (LoopGroup group = LoopGroup.open(1)) {
            EventLoop loop = group.loop(0);
            CountDownLatch holds = new CountDownLatch(1);
            AtomicBoolean ends = new AtomicBoolean();
            loop.callSoon(() -> {
                holds.countDown();
                while (!ends.get()) {
                    Thread.onSpinWait();
                }
            });
            holds.await();
            List<Thread> submitters = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                submitters.add(Thread.ofPlatform().start(() -> {
                    for (int j = 0; j < each; j++) {
                        loop.callSoon(() -> { });
                    }
                }));
            }
            for (Thread submitter : submitters) {
                submitter.join();
            }
            ends.set(true);
            loop.spawn(() -> { }).join();
            long most = loop.metrics().get(Metric.INBOX_DEPTH_MOST);
            assertTrue(most >= threads * each && most <= threads * each + 1, () -> loop.metrics().toString());
        }
    }

    /** A client of the JDK's counts what it sends and gets. */
    @Test
    void bytesAreThoseThatTheClientCounts() throws Exception {
        int messages = 50;
        byte[] message = new byte[1000];
        try (LoopGroup group = LoopGroup.open(2);
                Server server = Server.builder(group).handingOver().serve(c -> {
                    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
                    while (c.socket().read(buffer.clear()) >= 0) {
                        c.socket().write(buffer.flip());
                    }
                }).open(Addresses.parse("tcp:127.0.0.1:0"))) {
            try (Socket client = new Socket()) {
                client.connect((InetSocketAddress) server.localAddress());
                for (int i = 0; i < messages; i++) {
                    client.getOutputStream().write(message);
                    assertEquals(message.length, client.getInputStream().readNBytes(message.length).length);
                }
                assertEquals(1, server.metrics().connections());
                assertEquals(0, server.metrics().ended());
            }
            Looks.until(() -> server.metrics().ended() == 1 && server.metrics().connections() == 0);
            ServerMetrics served = server.metrics();
            assertEquals(1, served.accepted());
            assertEquals(0, served.refused());
            GroupMetrics all = group.metrics();
            assertEquals((long) messages * message.length, all.sum().get(Metric.TCP_BYTES_IN));
            assertEquals((long) messages * message.length, all.sum().get(Metric.TCP_BYTES_OUT));
            assertEquals(all.sum().get(Metric.TCP_BYTES_IN), all.sum().bytesIn());
            assertEquals(1, all.sum().get(Metric.ACCEPTS));
            assertEquals(2, all.loops().size());
            assertThrows(IllegalArgumentException.class, () -> all.sum().minus(all.loops().getFirst()));
            assertEquals(all.sum().get(Metric.EVENTS),
                    all.loops().stream().mapToLong(loop -> loop.get(Metric.EVENTS)).sum());
            assertEquals(0, group.metrics().minus(all).sum().bytesOut());
        }
    }

    /** Who is turned away was accepted before, by the loop and by the server. */
    @Test
    void refusedConnectionsAreCounted() throws Exception {
        try (LoopGroup group = LoopGroup.open(1);
                Server server = Server.builder(group).maxConnections(1, Server.WhenFull.REFUSE)
                        .serve(c -> c.socket().read(ByteBuffer.allocateDirect(1)))
                        .open(Addresses.parse("tcp:127.0.0.1:0"));
                Socket first = new Socket()) {
            first.connect((InetSocketAddress) server.localAddress());
            Looks.until(() -> server.metrics().connections() == 1);
            try (Socket second = new Socket()) {
                second.connect((InetSocketAddress) server.localAddress());
                Looks.until(() -> server.metrics().refused() == 1);
            }
            ServerMetrics served = server.metrics();
            assertEquals(2, served.accepted());
            assertEquals(0, served.ended());
            assertEquals(1, served.connections());
            assertEquals(2, group.metrics().sum().get(Metric.ACCEPTS));
        }
    }

    @Test
    void bytesAreCountedByTheKindOfTheDescriptor() throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, Addresses.parse("unix:@stepoll-metrics-" + System.nanoTime()));
                DatagramEndpoint one = DatagramEndpoint.bind(loop, new InetSocketAddress("127.0.0.1", 0));
                DatagramEndpoint two = DatagramEndpoint.bind(loop, new InetSocketAddress("127.0.0.1", 0))) {
            Task<?> all = loop.spawn(() -> {
                try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                        StreamSocket peer = listener.accept()) {
                    assertEquals(Descriptor.WOULD_BLOCK, peer.tryRead(ByteBuffer.allocateDirect(100)));
                    client.write(ByteBuffer.allocate(10));
                    peer.read(ByteBuffer.allocateDirect(100));
                }
                two.send(ByteBuffer.allocate(20), one.localAddress());
                one.receive(ByteBuffer.allocateDirect(100));
            });
            loop.runUntilDone();
            all.join();
            LoopMetrics metrics = loop.metrics();
            assertEquals(10, metrics.get(Metric.UNIX_BYTES_IN), metrics::toString);
            assertEquals(10, metrics.get(Metric.UNIX_BYTES_OUT));
            assertEquals(20, metrics.get(Metric.DATAGRAM_BYTES_IN));
            assertEquals(20, metrics.get(Metric.DATAGRAM_BYTES_OUT));
            assertEquals(30, metrics.bytesIn());
            assertEquals(3, metrics.get(Metric.DESCRIPTORS), "the listener and the endpoints");
            assertEquals(1, metrics.get(Metric.READ_WOULD_BLOCKS), metrics::toString);
        }
    }

    /** What comes beside the bytes of a message, as flags and passed descriptors, is no byte. */
    @Test
    void recordsAndMessagesWithDescriptorsCountTheirBytes() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<?> all = loop.spawn(() -> {
                SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
                StreamSocket[] stream = StreamSocket.pair(loop);
                ByteBuffer target = ByteBuffer.allocateDirect(100);
                records[0].write(ByteBuffer.allocate(10));
                records[0].write(ByteBuffer.allocate(0));
                records[1].read(target);
                records[1].read(target);
                assertEquals(10, loop.metrics().get(Metric.OTHER_BYTES_OUT));
                assertEquals(10, loop.metrics().get(Metric.OTHER_BYTES_IN));
                records[1].tryReadPassed(target, Descriptors::close); // from now on the kernel lets descriptors in
                stream[1].tryReadPassed(target, Descriptors::close);
                records[0].writePassing(ByteBuffer.allocate(5), stream[0].descriptor().fd());
                records[1].readPassed(target, Descriptors::close);
                assertEquals(15, loop.metrics().get(Metric.OTHER_BYTES_OUT));
                assertEquals(15, loop.metrics().get(Metric.OTHER_BYTES_IN));
                stream[0].writePassing(ByteBuffer.allocate(20), records[0].descriptor().fd());
                stream[1].readPassed(target, Descriptors::close);
                assertEquals(20, loop.metrics().get(Metric.UNIX_BYTES_OUT));
                assertEquals(20, loop.metrics().get(Metric.UNIX_BYTES_IN));
            });
            loop.runUntilDone();
            all.join();
        }
    }

    /** A datagram counts as long as it was sent, whatever its receiver had room for. */
    @Test
    void datagramsCountTheirBytes() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<?> all = loop.spawn(() -> {
                DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
                DatagramBatch sent = new DatagramBatch(8, 100);
                for (int length = 10; length <= 50; length += 10) {
                    sent.data(sent.add()).limit(length);
                }
                assertEquals(4, pair[0].sendBatch(sent, 1)); // all but the first
                assertEquals(140, loop.metrics().get(Metric.DATAGRAM_BYTES_OUT));
                DatagramBatch received = new DatagramBatch(3, 25);
                assertEquals(3, pair[1].receiveBatch(received));
                assertEquals(90, loop.metrics().get(Metric.DATAGRAM_BYTES_IN));
                assertEquals(1, pair[1].tryReceiveBatch(received));
                assertEquals(140, loop.metrics().get(Metric.DATAGRAM_BYTES_IN));
                pair[0].write(ByteBuffer.allocate(60));
                assertThrows(TruncatedDatagramException.class, () -> pair[1].read(ByteBuffer.allocate(5)));
                assertEquals(200, loop.metrics().get(Metric.DATAGRAM_BYTES_OUT));
                assertEquals(200, loop.metrics().get(Metric.DATAGRAM_BYTES_IN));
            });
            loop.runUntilDone();
            all.join();
        }
    }

    /** Each call that moves bytes of a TCP socket: vectors, files, queues, streams of the JDK's kind. */
    @Test
    void eachWayOfBytesIsCounted(@TempDir Path folder) throws Exception {
        Path path = Files.write(folder.resolve("file"), new byte[1000]);
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            Task<?> all = loop.spawn(() -> {
                try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                        StreamSocket peer = listener.accept();
                        FileChannel file = FileChannel.open(path)) {
                    client.write(new ByteBuffer[] {ByteBuffer.allocate(1), ByteBuffer.allocateDirect(2)});
                    client.sendFile(file, 0, 1000);
                    WriteQueue queue = WriteQueue.over(client);
                    queue.write(ByteBuffer.allocate(10_000));
                    queue.flush();
                    client.descriptor().outputStream().write(new byte[100_000]);
                    client.descriptor().perform(Interest.WRITE, "send", _ -> 1); // a call of the program's own
                    client.shutdownOutput();
                    peer.read(new ByteBuffer[] {ByteBuffer.allocate(1), ByteBuffer.allocateDirect(2)});
                    assertEquals(111_000, peer.descriptor().inputStream().readAllBytes().length);
                    assertEquals(111_003, loop.metrics().get(Metric.TCP_BYTES_OUT));
                    assertEquals(111_003, loop.metrics().get(Metric.TCP_BYTES_IN));
                }
            });
            loop.runUntilDone();
            all.join();
        }
    }

    /** A peer that does not read: the writer waits, once for each time that the buffers are full. */
    @Test
    void backPressureIsCounted() throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener =
                        Listener.bind(loop, Addresses.parse("unix:@stepoll-pressure-" + System.nanoTime()))) {
            Task<?> all = loop.spawn(() -> {
                try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                        StreamSocket peer = listener.accept()) {
                    Task<?> writer = loop.spawn(() -> {
                        client.write(ByteBuffer.allocateDirect(1 << 22));
                    });
                    while (loop.metrics().get(Metric.WAITS) == 0) {
                        loop.sleep(Duration.ZERO);
                    }
                    assertEquals(1, loop.metrics().get(Metric.WRITE_WAITS));
                    assertEquals(1, loop.metrics().get(Metric.WRITE_WOULD_BLOCKS));
                    assertEquals(1, loop.metrics().get(Metric.WAITS));
                    writer.cancel();
                    assertTrue(peer.isOpen());
                }
            });
            loop.runUntilDone();
            all.join();
            assertEquals(0, loop.metrics().get(Metric.WAITS));
        }
    }

    /** The same for what waits without a task: a queue, and a handler that asks for room. */
    @Test
    void backPressureOfQueuesAndHandlersIsCounted() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] queued = StreamSocket.pair(loop);
            StreamSocket[] handled = StreamSocket.pair(loop);
            loop.callSoon(() -> {
                try {
                    WriteQueue queue = WriteQueue.over(queued[0]).limit(Long.MAX_VALUE, WriteQueue.WhenFull.DROP);
                    queue.write(ByteBuffer.allocate(1 << 22));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Loops.steps(loop, 3);
            assertEquals(1, loop.metrics().get(Metric.WRITE_WAITS), () -> loop.metrics().toString());
            handled[0].descriptor().handle(_ -> { }, true, false);
            assertEquals(1, loop.metrics().get(Metric.WRITE_WAITS));
            handled[0].descriptor().handle(_ -> { }, true, true);
            handled[0].descriptor().handle(_ -> { }, false, true);
            assertEquals(2, loop.metrics().get(Metric.WRITE_WAITS));
        }
    }

    /** One wake of a handler may make two calls, and the wake of a queue makes none. */
    @Test
    void eachCallOfAHandlerCounts() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] handled = StreamSocket.pair(loop);
            StreamSocket[] queued = StreamSocket.pair(loop);
            WriteQueue queue = WriteQueue.over(queued[0]).limit(Long.MAX_VALUE, WriteQueue.WhenFull.DROP);
            loop.spawn(() -> {
                queue.write(ByteBuffer.allocate(1 << 20));
                ByteBuffer all = ByteBuffer.allocate(1 << 20);
                while (all.hasRemaining()) {
                    queued[1].read(all);
                }
            });
            loop.runUntilDone();
            int[] calls = new int[1];
            handled[0].descriptor().handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) throws IOException {
                    calls[0]++;
                    descriptor.tryRead(ByteBuffer.allocate(8));
                }

                @Override
                public void writable(Descriptor descriptor) throws IOException {
                    calls[0]++;
                    descriptor.handle(this, true, false);
                }

                @Override
                public void peerEnded(Descriptor descriptor, HangUp hangUp) {
                    calls[0]++;
                }
            }, true, true);
            handled[1].descriptor().tryWrite(ByteBuffer.allocate(1));
            Loops.steps(loop, 3);
            handled[1].close();
            Loops.steps(loop, 3);
            assertTrue(calls[0] >= 3, () -> "calls " + calls[0]);
            assertEquals(calls[0], loop.metrics().get(Metric.HANDLER_CALLS), () -> loop.metrics().toString());
        }
    }

    /** A timer that another one of its phase cancels wakes nobody. */
    @Test
    void onlyTasksThatGoOnAreSwitches() throws Exception {
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Notify notify = new Notify();
            loop.spawn(() -> loop.within(HOUR, () -> {
                notify.await();
                return null;
            }));
            loop.step(false);
            loop.callLater(HOUR, notify::notifyOne); // newer than the task's deadline, so first
            clock.advance(HOUR);
            loop.runUntilDone();
            assertEquals(2, loop.metrics().get(Metric.TASK_SWITCHES), () -> loop.metrics().toString());
        }
    }

    /** A connect needs write readiness, and is no write. */
    @Test
    void aConnectThatWaitsIsNoBackPressure() throws Exception {
        try (EventLoop loop = EventLoop.open(); FullBacklog full = new FullBacklog()) {
            Task<?> connects = loop.spawn(() -> {
                try (Socket socket = new LoopSocketFactory().createSocket()) {
                    assertThrows(SocketTimeoutException.class, () -> socket.connect(full.address(), 20));
                }
            });
            loop.runUntilDone();
            connects.join();
            LoopMetrics metrics = loop.metrics();
            assertTrue(metrics.get(Metric.TIMERS_FIRED) > 0, metrics::toString); // it has waited
            assertEquals(0, metrics.get(Metric.WRITE_WAITS), metrics::toString);
            assertEquals(0, metrics.get(Metric.WRITE_WOULD_BLOCKS), metrics::toString);
        }
    }

    /** A listener of the kernel's that answers nobody, as its backlog is full. */
    private static final class FullBacklog implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<SocketChannel> waiting = new ArrayList<>();

        FullBacklog() throws IOException {
            boolean answered = true;
            while (answered) {
                SocketChannel channel = SocketChannel.open();
                waiting.add(channel);
                channel.configureBlocking(false);
                answered = channel.connect(address());
                for (int look = 0; !answered && look < 20; look++) {
                    LockSupport.parkNanos(1_000_000); // for an answer that comes, if one does
                    answered = channel.finishConnect();
                }
            }
        }

        InetSocketAddress address() {
            return (InetSocketAddress) listener.getLocalSocketAddress();
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
            listener.close();
        }
    }

    /** The work is done, and only the loop, which is held, has not seen that: no thread was too few. */
    @Test
    void anOffloadThatHasEndedWaitsForNoThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch waiting = new CountDownLatch(1);
            Task<?> waits = loop.spawn(() -> loop.offload(() -> {
                waiting.await();
                return null;
            }));
            loop.step(false);
            assertEquals(1, loop.metrics().get(Metric.OFFLOADS));
            waiting.countDown();
            Looks.until(() -> Loop.of(loop).scheduler().hasWork()); // which this thread does not run
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_RUNNING));
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_WAITING));
            loop.runUntilDone();
            waits.join();
            Task<?> refused = loop.spawn(() -> loop.offload(_ -> {
                throw new RejectedExecutionException("expected");
            }, () -> null));
            loop.runUntilDone();
            assertThrows(ExecutionException.class, refused::join);
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_WAITING));
            assertEquals(2, loop.metrics().get(Metric.OFFLOADS));
        }
    }

    @Test
    void offloadsAreCountedWhileTheyRun() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch runs = new CountDownLatch(1);
            CountDownLatch mayEnd = new CountDownLatch(1);
            Task<?> waits = loop.spawn(() -> loop.offload(() -> {
                runs.countDown();
                mayEnd.await();
                return null;
            }));
            loop.step(false);
            runs.await();
            LoopMetrics metrics = loop.metrics();
            assertEquals(1, metrics.get(Metric.OFFLOADS));
            Looks.until(() -> loop.metrics().get(Metric.OFFLOADS_RUNNING) == 1);
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_WAITING));
            mayEnd.countDown();
            loop.runUntilDone();
            waits.join();
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_RUNNING));
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_WAITING));
            Task<?> queued = loop.spawn(() -> loop.offload(_ -> { }, () -> null)); // an executor that runs nothing
            loop.step(false);
            assertEquals(1, loop.metrics().get(Metric.OFFLOADS_WAITING));
            queued.cancel();
            loop.runUntilDone();
            assertEquals(0, loop.metrics().get(Metric.OFFLOADS_WAITING));
            assertEquals(2, loop.metrics().get(Metric.OFFLOADS));
        }
    }

    /** A sleep that goes on counts as sleep, and code that holds the loop as work, both before they end. */
    @Test
    void timeIsCountedWhileItPasses() throws Exception {
        try (LoopGroup group = LoopGroup.open(1)) {
            EventLoop loop = group.loop(0);
            loop.spawn(() -> {}).join();
            LoopMetrics idle = loop.metrics();
            Looks.until(() -> loop.metrics().minus(idle).utilisation() < 0.1); // the longer it sleeps the less it is
            CountDownLatch ends = new CountDownLatch(1);
            AtomicBoolean holds = new AtomicBoolean();
            loop.callSoon(() -> {
                holds.set(true);
                while (ends.getCount() > 0) {
                    Thread.onSpinWait();
                }
            });
            Looks.until(holds::get);
            LoopMetrics before = loop.metrics();
            long least = Duration.ofMillis(20).toNanos();
            Looks.until(() -> loop.metrics().minus(before).get(Metric.BUSY_NANOS) >= least);
            LoopMetrics held = loop.metrics().minus(before);
            ends.countDown();
            assertEquals(1.0, held.utilisation());
            assertEquals(0, held.get(Metric.STEPS));
        }
    }

    @Test
    void spinningIsNoWork() throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(1).options(o -> o.idleStrategy(IdleStrategy.spin())).open()) {
            EventLoop loop = group.loop(0);
            loop.spawn(() -> {}).join();
            LoopMetrics before = loop.metrics();
            Looks.until(() -> difference(before, loop, Metric.SPUN_NANOS) > 1_000_000);
            assertEquals(0, loop.metrics().get(Metric.ASLEEP_NANOS));
            assertEquals(0, loop.metrics().get(Metric.SLEEPS));
        }
    }

    /** A program that steps a loop has its own work between the steps. */
    @Test
    void whatIsBetweenStepsIsNotTheLoopsTime() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.callSoon(() -> {
                compute(Duration.ofMillis(2));
                loop.callSoon(() -> { }); // so that the step does not sleep
            });
            loop.step(true);
            LoopMetrics before = loop.metrics();
            assertTrue(before.get(Metric.BUSY_NANOS) >= 2_000_000, before::toString);
            assertEquals(1.0, before.utilisation());
            compute(Duration.ofMillis(2));
            assertEquals(0, difference(before, loop, Metric.BUSY_NANOS));
            loop.step(false); // the empty callback
            Thread waker = Thread.ofPlatform().start(() -> {
                while (difference(before, loop, Metric.SLEEPS) == 0) {
                    LockSupport.parkNanos(1_000_000);
                }
                loop.callSoon(() -> { });
            });
            loop.step(true); // sleeps
            waker.join();
            LoopMetrics since = loop.metrics().minus(before);
            assertEquals(1, since.get(Metric.SLEEPS), since::toString);
            assertTrue(since.get(Metric.ASLEEP_NANOS) > 0, since::toString);
            assertTrue(since.utilisation() < 1, since::toString);
        }
    }

    private static void compute(Duration length) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < length.toNanos()) {
            Thread.onSpinWait();
        }
    }

    /** What a poll has woken belongs to the next step, whether the loop runs or a program steps it. */
    @Test
    void theWorkBehindAPollIsPartOfAStep() throws Exception {
        Duration length = Duration.ofMillis(10);
        try (EventLoop loop = EventLoop.builder().histograms(true).open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            loop.spawn(() -> {
                pair[0].read(ByteBuffer.allocateDirect(1));
                compute(length);
            });
            long inside = timed(() -> loop.step(false));
            pair[1].tryWrite(ByteBuffer.allocate(1));
            inside += timed(() -> loop.step(false));
            compute(Duration.ofNanos(2 * inside)); // the program's own, between two steps
            inside += timed(() -> loop.step(false));
            long most = loop.metrics().get(Timing.STEP_LENGTH).maxNanos();
            assertTrue(most >= length.toNanos(), () -> loop.metrics().toString());
            assertTrue(most <= inside + inside / 32, "of " + inside + " ns in steps the longest has " + most);
        }
    }

    private static long timed(Runnable code) {
        long begin = System.nanoTime();
        code.run();
        return System.nanoTime() - begin;
    }

    @Test
    void aStepOnItsOwnTimesNothingAndSleepsInNoPoll() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            LoopMetrics metrics = loop.metrics();
            assertEquals(1, metrics.get(Metric.STEPS));
            assertEquals(0, metrics.get(Metric.SLEEPS));
            assertEquals(0, metrics.get(Metric.BUSY_NANOS));
            assertEquals(0, metrics.utilisation());
        }
    }

    /** A closed loop still says what it has done. */
    @Test
    void aClosedLoopHasItsNumbers() throws Exception {
        EventLoop loop = EventLoop.open();
        try (loop) {
            loop.spawn(() -> {});
            loop.runUntilDone();
        }
        assertEquals(1, loop.metrics().get(Metric.TASKS_ENDED));
        assertEquals(0, loop.metrics().get(Metric.DESCRIPTORS));
        assertFalse(loop.metrics().toString().isEmpty());
    }

    /** An adopted pipe counts as a file. */
    @Test
    void pipesCountAsFiles() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<?> all = loop.spawn(() -> {
                try (var process = loop.startProcess(new ProcessBuilder("printf", "12345"))) {
                    Descriptor output = process.output();
                    ByteBuffer buffer = ByteBuffer.allocateDirect(64);
                    while (output.read(buffer) >= 0) {
                        continue;
                    }
                    process.awaitEnd();
                }
            });
            loop.runUntilDone();
            all.join();
            assertEquals(5, loop.metrics().get(Metric.FILE_BYTES_IN), () -> loop.metrics().toString());
        }
    }
}
