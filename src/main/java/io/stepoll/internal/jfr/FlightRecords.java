package io.stepoll.internal.jfr;

import io.stepoll.EventLoop;
import io.stepoll.internal.sys.RunningLoops;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The one way to the events. Where the JVM has no module jdk.jfr, or no recording wants an event, nothing is made. The
 * classes of the events are touched only behind that question, as they cannot be loaded without the module.
 *
 * <p>Whoever calls commits the event, on his own thread: a task its own end and failure, the loop's thread its steps,
 * the watchdog's thread a stall. A commit writes into memory of the OS thread. It may wait for a moment for another
 * thread that writes a text or a stack, and that one is never a suspended task: the JDK pins virtual threads meanwhile.
 *
 * <p>Nothing here throws. What is recorded comes to its end also where a record cannot be made, for want of memory
 * perhaps.
 */
public final class FlightRecords {
    private static final boolean AVAILABLE = isAvailable();

    /**
     * Whether the JVM's flight recorder runs. Most programs never begin it, and the classes of the events, with those
     * of the JDK behind them, would double the time that the first loop takes to open.
     */
    private static volatile boolean running;

    private FlightRecords() {}

    private static boolean isAvailable() {
        Optional<Module> recorder = ModuleLayer.boot().findModule("jdk.jfr");
        return recorder.isPresent() && FlightRecords.class.getModule().canRead(recorder.get());
    }

    /** Asks to be told when the flight recorder begins. May be called from any thread. */
    public static void prepare() {
        if (AVAILABLE) {
            RecorderBegin.await();
        }
    }

    /** The flight recorder has begun. Loads what events need, and gives it the loops' statistics. */
    static void recorderRuns() {
        StepRecord.load();
        TaskEndEvent.begins();
        ConnectionEvent.begins();
        FailedTasks.isWanted();
        Stalls.isWanted();
        Statistics.begin(RunningLoops::all);
        running = true;
    }

    /** Whether there may be a recording. */
    static boolean isRunning() {
        return running;
    }

    /** A loop is closed. Its statistics since the last period are recorded. Takes a lock. */
    public static void closed(EventLoop loop) {
        try {
            if (running) {
                Statistics.closed(loop);
            }
        } catch (Throwable noRecord) {
            // The loop is closed all the same.
        }
    }

    /** What records the steps of a loop; null without a flight recorder. */
    public static StepRecord ofSteps(String loop) {
        return AVAILABLE ? new StepRecord(loop) : null;
    }

    /** A task begins. Returns what is told of its end; null if nobody wants to know. */
    public static TaskRecord taskBegins() {
        try {
            return running ? TaskEndEvent.begins() : null;
        } catch (Throwable noRecord) {
            return null;
        }
    }

    /** A connection begins. Returns what is told of its end; null if nobody wants to know. */
    public static ConnectionRecord connectionBegins() {
        try {
            return running ? ConnectionEvent.begins() : null;
        } catch (Throwable noRecord) {
            return null;
        }
    }

    /** A task has failed, and calls this in its thread. */
    public static void taskFailed(String loop, Throwable failure) {
        try {
            if (running && FailedTasks.isWanted()) {
                FailedTasks.record(loop, failure);
            }
        } catch (Throwable noRecord) {
            // Whoever joins the task gets the failure, or the log.
        }
    }

    /**
     * A loop is held by its code, or was. From the watchdog's thread.
     *
     * @param task the task's thread; null for a callback
     * @param waitsFor what the culprit waits for; null for nothing
     * @param ended whether the loop goes on
     */
    public static void stalled(String loop, String culprit, Duration held, boolean pinned, Thread thread, Thread task,
            List<StackTraceElement> stack, String waitsFor, boolean ended) {
        try {
            if (running && Stalls.isWanted()) {
                Stalls.record(loop, culprit, held, pinned, thread, task, stack, waitsFor, ended);
            }
        } catch (Throwable noRecord) {
            // The handler of the watchdog has it.
        }
    }
}
