package io.stepoll.watchdog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.management.LoopMXBean;
import io.stepoll.management.Management;
import io.stepoll.metrics.LoopDump;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import io.stepoll.support.Looks;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import javax.management.JMX;
import javax.management.ObjectName;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A task holds its loop for 300 ms. All that looks at the loop shows that, with the same frame. */
@Timeout(60)
class HeldLoopTest {
    private static final Duration HELD = Duration.ofMillis(300);

    /** The frame that all of them must show. */
    private static final String FRAME = "io.stepoll.watchdog.HeldLoopTest.holdTheLoop";

    @TempDir
    Path folder;

    /** Holds the loop for the time, and until all have looked. */
    private static void holdTheLoop(CountDownLatch holds, CountDownLatch looked) {
        holds.countDown();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < HELD.toNanos() || looked.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void allShowTheSameFrame() throws Exception {
        BlockingQueue<Stall> stalls = new LinkedBlockingQueue<>();
        CountDownLatch ended = new CountDownLatch(1);
        StallHandler handler = new StallHandler() {
            @Override
            public void stalled(Stall stall) {
                if (isOurs(stall)) {
                    stalls.add(stall);
                }
            }

            @Override
            public void ended(Stall stall, Duration length) {
                if (isOurs(stall)) {
                    ended.countDown();
                }
            }

            private static boolean isOurs(Stall stall) { // a busy machine holds a loop for 20 ms as well
                return stall.stack().toString().contains(FRAME);
            }
        };
        Path file = folder.resolve("held.jfr");
        try (LoopGroup group = LoopGroup.builder().name("held").loops(1).options(o -> o.histograms(true)).open();
                Watchdog watchdog = Watchdog.start(Duration.ofMillis(20), handler);
                Management.Registration bean = Management.register(group.loop(0));
                Recording recording = new Recording()) {
            EventLoop loop = group.loop(0);
            watchdog.watch(loop);
            recording.enable("io.stepoll.Stall");
            recording.enable("io.stepoll.Step").withThreshold(Duration.ofMillis(100));
            recording.start();
            StartingClasses.await(); // of which one asks for the flight recorder
            loop.spawn(() -> {}).join();
            LoopMetrics before = loop.metrics();
            CountDownLatch holds = new CountDownLatch(1);
            CountDownLatch looked = new CountDownLatch(1);
            loop.spawn("culprit", () -> holdTheLoop(holds, looked));
            holds.await();
            LoopDump dump = loop.dump();
            LoopMXBean client = JMX.newMXBeanProxy(ManagementFactory.getPlatformMBeanServer(),
                    new ObjectName(bean.name()), LoopMXBean.class);
            String managed = client.dump();
            Stall stall = stalls.take();
            looked.countDown();
            ended.await();
            AtomicReference<LoopMetrics> after = new AtomicReference<>();
            Looks.until(() -> {
                after.set(loop.metrics().minus(before));
                return after.get().get(Timing.STEP_LENGTH).maxNanos() >= HELD.toNanos();
            });
            recording.stop();
            recording.dump(file);

            assertTrue(dump.stack().toString().contains(FRAME), dump::toString);
            assertTrue(dump.runs().contains("culprit"), dump::toString);
            assertTrue(managed.contains(FRAME), managed);
            assertTrue(stall.stack().toString().contains(FRAME), stall::toString);
            assertNotNull(stall.dump());
            assertTrue(stall.dump().stack().toString().contains(FRAME), stall::toString);
            assertTrue(after.get().get(Metric.BUSY_NANOS) >= HELD.toNanos(), after::toString);
            List<RecordedEvent> events = RecordingFile.readAllEvents(file);
            List<RecordedEvent> recorded = of(events, "Stall").stream()
                    .filter(event -> event.getString("heldAt").contains(FRAME)).toList();
            assertEquals(2, recorded.size(), events::toString);
            assertEquals("culprit", recorded.getFirst().getThread("taskThread").getJavaName());
            assertTrue(recorded.getLast().getBoolean("ended"));
            assertTrue(recorded.getLast().getDuration("held").compareTo(Duration.ofMillis(200)) >= 0, events::toString);
            assertEquals(1, of(events, "Step").stream().filter(e -> e.getDuration().compareTo(HELD) >= 0).count(),
                    events::toString);
        }
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("io.stepoll." + name)
                && event.getString("loop").equals("held-0")).toList();
    }
}
