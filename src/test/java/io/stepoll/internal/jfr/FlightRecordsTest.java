package io.stepoll.internal.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.metrics.Metric;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import jdk.jfr.Configuration;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The events of a run, in a recording with the settings that the jar has. */
@Timeout(60)
class FlightRecordsTest {
    private static final List<String> NAMES = List.of("io.stepoll.Connection", "io.stepoll.LoopStatistics",
            "io.stepoll.Stall", "io.stepoll.Step", "io.stepoll.TaskEnd", "io.stepoll.TaskFailed");

    /** The shortest step that stepoll.jfc records. */
    private static final Duration THRESHOLD = Duration.ofMillis(5);

    @TempDir
    Path folder;

    private static Configuration settings() throws Exception {
        try (InputStream file = EventLoop.class.getResourceAsStream("stepoll.jfc")) {
            assertNotNull(file, "stepoll.jfc");
            return Configuration.create(new InputStreamReader(file, StandardCharsets.UTF_8));
        }
    }

    private List<RecordedEvent> record(Body run) throws Exception {
        return record(run, false);
    }

    private List<RecordedEvent> record(Body run, boolean everything) throws Exception {
        Path file = folder.resolve("run.jfr");
        try (Recording recording = new Recording(settings())) {
            recording.enable("io.stepoll.LoopStatistics").withPeriod(Duration.ofMillis(20));
            if (everything) {
                recording.enable("io.stepoll.TaskEnd").withThreshold(Duration.ZERO);
                recording.enable("io.stepoll.Step").withThreshold(Duration.ZERO);
            }
            recording.start();
            run.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file);
    }

    /** Waits for a period: a recording that goes on then has the event, too. */
    private static void awaitStatistics(String loop) throws Exception {
        AtomicBoolean told = new AtomicBoolean();
        try (RecordingStream stream = new RecordingStream()) {
            stream.onEvent("io.stepoll.LoopStatistics", event -> {
                if (event.getString("loop").equals(loop)) {
                    told.set(true);
                }
            });
            stream.startAsync();
            Looks.until(told::get);
        }
    }

    private interface Body {
        void run() throws Exception;
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("io.stepoll." + name)).toList();
    }

    @Test
    void aFailedTaskIsRecordedWithItsStack() throws Exception {
        List<RecordedEvent> events = record(() -> {
            try (LogCapture _ = new LogCapture(); EventLoop loop = EventLoop.builder().name("failing").open()) {
                loop.spawn("fails", () -> {
                    throw new IllegalStateException("expected");
                });
                loop.spawn("cancelled", () -> loop.sleep(Duration.ofHours(1))).cancel();
                loop.runUntilDone();
            }
        });
        assertEquals(1, of(events, "TaskFailed").size());
        RecordedEvent failed = of(events, "TaskFailed").getFirst();
        assertEquals("failing", failed.getString("loop"));
        assertEquals("fails", failed.getString("task"));
        assertEquals("fails", failed.getThread().getJavaName());
        assertEquals("expected", failed.getString("message"));
        assertEquals(IllegalStateException.class.getName(), failed.getClass("thrownClass").getName());
        assertTrue(failed.getString("thrownAt").contains("FlightRecordsTest"), failed::toString);
    }

    /** The exception is the program's own. A record that cannot be made must not keep the task from its end. */
    @Test
    void aFailureThatThrowsWhenItIsAsked() throws Exception {
        List<RecordedEvent> events = record(() -> {
            try (LogCapture _ = new LogCapture(); EventLoop loop = EventLoop.builder().name("asked").open()) {
                Task<Void> withoutMessage = loop.spawn("no message", () -> {
                    throw new Exception() {
                        @Override
                        public String getMessage() {
                            throw new IllegalStateException("expected");
                        }
                    };
                });
                Task<Void> withoutStack = loop.spawn("no stack", () -> {
                    throw new Exception() {
                        @Override
                        public StackTraceElement[] getStackTrace() {
                            throw new AssertionError("expected");
                        }
                    };
                });
                Loops.steps(loop, 3);
                assertEquals(Task.State.FAILED, withoutMessage.state());
                assertEquals(Task.State.FAILED, withoutStack.state());
                assertEquals(0, loop.metrics().get(Metric.TASKS_LIVE));
                assertThrows(ExecutionException.class, withoutStack::join);
            }
        });
        assertEquals(List.of("its getMessage() throws a java.lang.IllegalStateException"),
                of(events, "TaskFailed").stream().filter(e -> e.getString("loop").equals("asked"))
                        .map(e -> e.getString("message")).toList());
    }

    @Test
    void tasksAreRecordedWithTheirLengthAndEnd() throws Exception {
        Duration length = Duration.ofMillis(2);
        List<RecordedEvent> events = record(() -> {
            try (EventLoop loop = EventLoop.open()) {
                Task<Void> late = loop.spawn("late", () -> loop.sleep(Duration.ofHours(1)));
                loop.spawn("cancelled", () -> loop.sleep(Duration.ofHours(1))).cancel();
                loop.spawn("computes", () -> {
                    compute(length);
                    late.cancel();
                });
                loop.runUntilDone();
            }
        }, true);
        List<RecordedEvent> ends = of(events, "TaskEnd");
        RecordedEvent one = ends.stream().filter(e -> e.getString("task").equals("computes")).findFirst().orElseThrow();
        assertEquals("SUCCEEDED", one.getString("outcome"));
        assertTrue(one.getDuration().compareTo(length) >= 0, one::toString);
        assertTrue(ends.stream().anyMatch(e -> e.getString("task").equals("late")
                && e.getString("outcome").equals("CANCELLED")), ends::toString);
        assertTrue(ends.stream().noneMatch(e -> e.getString("task").equals("cancelled")), "its body has not begun");
    }

    private static void compute(Duration length) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < length.toNanos()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void longStepsAreRecordedAndShortOnesNot() throws Exception {
        List<RecordedEvent> events = record(() -> {
            try (EventLoop loop = EventLoop.builder().name("steps").open()) {
                loop.callSoon(() -> {});
                loop.runUntilDone();
                loop.callSoon(() -> compute(Duration.ofMillis(30)));
                loop.runUntilDone();
            }
        });
        List<RecordedEvent> steps =
                of(events, "Step").stream().filter(e -> e.getString("loop").equals("steps")).toList();
        assertTrue(steps.stream().allMatch(e -> e.getDuration().compareTo(THRESHOLD) >= 0), steps::toString);
        assertTrue(steps.stream().anyMatch(e -> e.getDuration().compareTo(Duration.ofMillis(30)) >= 0
                && e.getLong("callbacks") == 1 && e.getLong("taskSwitches") == 0), steps::toString);
    }

    /**
     * A task that a poll has woken holds the loop, which its program steps by hand. That happens three times: the
     * flight recorder may lose the last event of a recording (docs/testing.md).
     */
    @Test
    void theWorkBehindThePollOfAStepIsRecorded() throws Exception {
        Duration length = Duration.ofMillis(50);
        List<RecordedEvent> events = record(() -> {
            try (EventLoop loop = EventLoop.builder().name("by hand").open()) {
                StreamSocket[] pair = StreamSocket.pair(loop);
                int[] held = new int[1];
                loop.spawn(() -> {
                    while (held[0] < 3) {
                        pair[0].read(ByteBuffer.allocateDirect(1));
                        compute(length);
                        held[0]++;
                    }
                });
                for (int times = 1; times <= 3; times++) {
                    while (loop.metrics().get(Metric.WAITS) == 0) {
                        loop.step(false); // the task may first wait for a class that another thread initializes
                    }
                    pair[1].tryWrite(ByteBuffer.allocate(1));
                    while (held[0] < times) {
                        loop.step(false);
                    }
                }
            }
        });
        assertTrue(of(events, "Step").stream().filter(e -> e.getString("loop").equals("by hand"))
                .anyMatch(e -> e.getDuration().compareTo(length) >= 0),
                () -> "steps " + of(events, "Step") + " among " + counts(events));
    }

    /** How many events of each kind there are: also those of the recorder itself, as of data that it has lost. */
    private static Map<String, Long> counts(List<RecordedEvent> events) {
        return events.stream().collect(
                Collectors.groupingBy(event -> event.getEventType().getName(), TreeMap::new, Collectors.counting()));
    }

    @Test
    void connectionsAreRecordedWithTheirBytes() throws Exception {
        List<RecordedEvent> events = record(() -> {
            try (LoopGroup group = LoopGroup.open(1);
                    Server server = Server.builder(group).serve(c -> {
                        c.socket().descriptor().inputStream().transferTo(c.socket().descriptor().outputStream());
                    }).open(Addresses.parse("tcp:127.0.0.1:0"))) {
                try (Socket client = new Socket()) {
                    client.connect((InetSocketAddress) server.localAddress());
                    client.getOutputStream().write(new byte[100]);
                    client.shutdownOutput();
                    assertEquals(100, client.getInputStream().readAllBytes().length);
                }
                Looks.until(() -> server.metrics().ended() == 1);
            }
        });
        RecordedEvent connection = of(events, "Connection").getFirst();
        assertEquals(100, connection.getLong("bytesRead"));
        assertEquals(100, connection.getLong("bytesWritten"));
        assertTrue(connection.getString("peer").startsWith("tcp:127.0.0.1:"), connection::toString);
    }

    /** The differences of all periods add up to what the loop has done. */
    @Test
    void theStatisticsOfAllPeriodsAddUp() throws Exception {
        int tasks = 50; // before the first period, and again after it
        List<RecordedEvent> statistics = new CopyOnWriteArrayList<>();
        try (RecordingStream stream = new RecordingStream();
                LoopGroup group = LoopGroup.builder().name("counted").loops(1).open()) {
            stream.enable("io.stepoll.LoopStatistics").withPeriod(Duration.ofMillis(20));
            stream.setReuse(false);
            stream.onEvent("io.stepoll.LoopStatistics", event -> {
                if (event.getString("loop").equals("counted-0")) {
                    statistics.add(event);
                }
            });
            spawn(group, tasks);
            stream.startAsync();
            Looks.until(() -> begun(statistics) >= tasks);
            spawn(group, tasks);
            Looks.until(() -> begun(statistics) >= 2 * tasks);
        }
        assertTrue(statistics.size() > 1, statistics::toString);
        assertEquals(2 * tasks, begun(statistics));
        assertTrue(statistics.getLast().getFloat("utilisation") < 1);
    }

    /** A loop that closes before the next period is not lost. */
    @Test
    void theLastPeriodOfALoopIsRecorded() throws Exception {
        Path file = folder.resolve("last.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.stepoll.LoopStatistics").withPeriod(Duration.ofHours(1));
            recording.start();
            StartingClasses.await(); // of which one asks for the flight recorder
            EventLoop loop = EventLoop.builder().name("last").open();
            try (loop) {
                for (int i = 0; i < 3; i++) {
                    loop.spawn(() -> { });
                }
                loop.runUntilDone();
            }
            loop.close(); // does nothing more
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> statistics = of(RecordingFile.readAllEvents(file), "LoopStatistics").stream()
                .filter(e -> e.getString("loop").equals("last")).toList();
        assertEquals(3, begun(statistics), statistics::toString);
        assertEquals(3, statistics.stream().mapToLong(e -> e.getLong("tasksEnded")).sum(), statistics::toString);
    }

    private static void spawn(LoopGroup group, int tasks) {
        for (int i = 0; i < tasks; i++) {
            group.loop(0).spawn(() -> {});
        }
    }

    private static long begun(List<RecordedEvent> statistics) {
        return statistics.stream().mapToLong(event -> event.getLong("tasksBegun")).sum();
    }

    /** What Mission Control and the tools of the JDK show: each event and field has a label, and times have units. */
    @Test
    void eventsAreDescribed() throws Exception {
        record(() -> {
            try (EventLoop loop = EventLoop.open()) {
                loop.step(false);
            }
        });
        List<EventType> types = FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .filter(type -> type.getName().startsWith("io.stepoll.")).toList();
        assertEquals(NAMES, types.stream().map(EventType::getName).sorted().toList());
        for (EventType type : types) {
            assertNotNull(type.getLabel(), type::getName);
            assertNotNull(type.getDescription(), type::getName);
            assertEquals("stepoll", type.getCategoryNames().getFirst(), type::getName);
            for (ValueDescriptor field : type.getFields()) {
                assertNotNull(field.getLabel(), () -> type.getName() + "." + field.getName());
            }
        }
        EventType statistics = types.stream().filter(type -> type.getName().endsWith("LoopStatistics")).findFirst()
                .orElseThrow();
        for (String name : List.of("period", "busy", "asleep", "timerLag99", "stepLengthMost")) {
            assertNotNull(statistics.getField(name).getAnnotation(jdk.jfr.Timespan.class), name);
        }
        assertNotNull(statistics.getField("tcpBytesIn").getAnnotation(jdk.jfr.DataAmount.class));
        assertTrue(statistics.getFields().size() > Metric.values().length);
    }

    @Test
    void jfrPrintShowsARun() throws Exception {
        record(() -> {
            try (LogCapture _ = new LogCapture(); EventLoop loop = EventLoop.builder().name("shown").open()) {
                loop.spawn("fails", () -> {
                    throw new IllegalStateException("expected");
                });
                loop.runUntilDone();
                awaitStatistics("shown");
            }
        });
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jfr");
        assumeTrue(Files.isExecutable(tool), "this JDK has no tool jfr");
        Process print = new ProcessBuilder(tool.toString(), "print", "--events", "io.stepoll.*",
                folder.resolve("run.jfr").toString()).redirectErrorStream(true).start();
        String shown = new String(print.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, print.waitFor(), shown);
        assertTrue(shown.contains("io.stepoll.TaskFailed {"), shown);
        assertTrue(shown.contains("message = \"expected\""), shown);
        assertTrue(shown.contains("io.stepoll.LoopStatistics {"), shown);
        assertTrue(shown.matches("(?s).*utilisation = [0-9.,]+%.*"), shown);
    }

    /** What docs/metrics.md shows of {@code jfr print} has the fields of the events. */
    @Test
    void thePageShowsTheFieldsOfTheEvents() throws Exception {
        String page = Files.readString(Path.of("docs/metrics.md"));
        String shown = page.substring(page.indexOf("<!-- jfr print -->")).split("```")[1];
        record(() -> {
            try (EventLoop loop = EventLoop.open()) {
                loop.step(false);
            }
        });
        EventType type = null;
        int fields = 0;
        for (String line : shown.lines().map(String::strip).toList()) {
            if (line.endsWith("{")) {
                type = type(line.replace(" {", ""));
            } else if (line.contains(" = ")) {
                fields++;
                String name = line.substring(0, line.indexOf(" = "));
                assertNotNull(type.getField(name), type.getName() + " has no field " + name);
            }
        }
        assertTrue(fields > 20, shown);
    }

    private static EventType type(String name) {
        return FlightRecorder.getFlightRecorder().getEventTypes().stream().filter(one -> one.getName().equals(name))
                .findFirst().orElseThrow(() -> new AssertionError("no event " + name));
    }

    /** A JVM without the module jdk.jfr: all works, and nothing of this room but its gate is loaded. */
    @Test
    void nothingHappensWithoutTheModule() throws Exception {
        String output = ChildJvm.runWell(
                List.of("--limit-modules", "java.base,java.logging,java.management", "-Xlog:class+load"),
                WithoutFlightRecorder.class);
        assertTrue(output.contains("joined: 42"), output);
        assertTrue(output.contains("io.stepoll.internal.jfr.FlightRecords "), output);
        assertTrue(output.lines().noneMatch(line -> line.contains("io.stepoll.internal.jfr.")
                && line.contains("Event ") || line.contains("jdk.jfr.")), output);
    }

    /** The settings in the jar are those that a user extracts. */
    @Test
    void theSettingsNameEachEvent() throws Exception {
        Path file = folder.resolve("stepoll.jfc");
        try (InputStream in = EventLoop.class.getResourceAsStream("stepoll.jfc")) {
            Files.copy(in, file);
        }
        for (String name : NAMES) {
            assertEquals("true", Configuration.create(file).getSettings().get(name + "#enabled"), name);
        }
    }
}
