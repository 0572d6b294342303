package io.stepoll.internal.metrics;

import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one loop counts. The loop's thread alone writes, and any thread reads: no access of memory waits for another
 * thread, and none is more than a plain load or store of the processor. An opaque access is never torn and never lost.
 *
 * <p>Where other threads count, they do so in objects of their own, which lie elsewhere.
 */
public final class LoopCounters {
    public static final int STEPS = Metric.STEPS.ordinal();
    public static final int POLLS = Metric.POLLS.ordinal();
    public static final int EVENTS = Metric.EVENTS.ordinal();
    public static final int CALLBACKS = Metric.CALLBACKS.ordinal();
    public static final int CALLBACKS_FAILED = Metric.CALLBACKS_FAILED.ordinal();
    public static final int HANDLER_CALLS = Metric.HANDLER_CALLS.ordinal();
    public static final int TASK_SWITCHES = Metric.TASK_SWITCHES.ordinal();
    public static final int TIMERS_FIRED = Metric.TIMERS_FIRED.ordinal();
    public static final int TASKS_BEGUN = Metric.TASKS_BEGUN.ordinal();
    public static final int TASKS_FAILED = Metric.TASKS_FAILED.ordinal();
    public static final int TASKS_CANCELLED = Metric.TASKS_CANCELLED.ordinal();
    public static final int DESCRIPTORS = Metric.DESCRIPTORS.ordinal();
    public static final int ACCEPTS = Metric.ACCEPTS.ordinal();
    public static final int READ_WOULD_BLOCKS = Metric.READ_WOULD_BLOCKS.ordinal();
    public static final int WRITE_WOULD_BLOCKS = Metric.WRITE_WOULD_BLOCKS.ordinal();
    public static final int WRITE_WAITS = Metric.WRITE_WAITS.ordinal();
    public static final int OFFLOADS = Metric.OFFLOADS.ordinal();
    public static final int TLS_HANDSHAKES = Metric.TLS_HANDSHAKES.ordinal();
    public static final int TLS_HANDSHAKES_FAILED = Metric.TLS_HANDSHAKES_FAILED.ordinal();

    private static final int SLEEPS = Metric.SLEEPS.ordinal();
    private static final int TASKS_ENDED = Metric.TASKS_ENDED.ordinal();
    private static final int SUBMITS = Metric.SUBMITS.ordinal();
    private static final int INBOX_DEPTH_MOST = Metric.INBOX_DEPTH_MOST.ordinal();
    private static final int ASLEEP = Metric.ASLEEP_NANOS.ordinal();
    private static final int SPUN = Metric.SPUN_NANOS.ordinal();
    private static final int METRICS = Metric.values().length;

    /* Behind the metrics. */
    private static final int RUN = METRICS;
    private static final int OFFLOADS_WITHDRAWN = METRICS + 1;
    private static final int LATEST = METRICS + 2;
    private static final int SLOTS = METRICS + 4;

    /** Where goes what counts as nothing. */
    public static final int UNCOUNTED = METRICS + 3;

    /** A line of the processor's cache, in longs, twice: what others write near this array disturbs nobody. */
    private static final int PADDING = 16;

    private static final int TICKING = 1;

    private final AtomicLongArray values = new AtomicLongArray(PADDING + SLOTS + PADDING);
    private final AtomicLong offloadsBegun = new AtomicLong();
    private final AtomicLong offloadsEnded = new AtomicLong();
    private final Recorder timerLag = new Recorder();
    private final long origin = System.nanoTime();
    private Recorder callbackLag;
    private Recorder stepLength;

    /** The counters of a loop that is being opened. */
    public LoopCounters() {}

    /** From now on the loop records all histograms. Before the loop runs. */
    public void recordAll() {
        callbackLag = new Recorder();
        stepLength = new Recorder();
    }

    /** When the counters were made, by {@link System#nanoTime}. From any thread. */
    long originNanos() {
        return origin;
    }

    /** Nanoseconds since the counters were made. From any thread. */
    public long nowNanos() {
        return System.nanoTime() - origin;
    }

    private long plain(int slot) {
        return values.getPlain(PADDING + slot);
    }

    private void store(int slot, long value) {
        values.setOpaque(PADDING + slot, value);
    }

    /** What was counted so far. From any thread. */
    public long count(int metric) {
        return opaque(metric);
    }

    /** Counts one thing. Returns how many there are now. */
    public long increment(int metric) {
        long count = plain(metric) + 1;
        store(metric, count);
        return count;
    }

    /** Counts several things; for a gauge the number may be negative. */
    public void add(int metric, long more) {
        store(metric, plain(metric) + more);
    }

    /** Released, so whoever reads the number finds the tasks among those that have begun. */
    public void taskEnds() {
        values.setRelease(PADDING + TASKS_ENDED, plain(TASKS_ENDED) + 1);
    }

    /** The loop has taken so many items out of its inbox, which had so many. */
    public void submitsTaken(int taken, int depth) {
        add(SUBMITS, taken);
        if (depth > plain(INBOX_DEPTH_MOST)) {
            store(INBOX_DEPTH_MOST, depth);
        }
    }

    /* A clock that ticks now and then is one slot, so that others read it whole:
     *   even   twice the time that it has ticked
     *   odd    it ticks: twice (that time minus the begin), plus TICKING */

    private void tick(int slot, long nowNanos) {
        store(slot, (plain(slot) >> 1) - nowNanos << 1 | TICKING);
        store(LATEST, nowNanos);
    }

    private void pause(int slot, long nowNanos) {
        if ((plain(slot) & TICKING) != 0) {
            store(slot, (plain(slot) >> 1) + nowNanos << 1);
        }
        store(LATEST, nowNanos);
    }

    private long ticked(int slot, long nowNanos) {
        long value = opaque(slot);
        return Math.max(0, (value & TICKING) == 0 ? value >> 1 : (value >> 1) + nowNanos);
    }

    /** The loop begins to run, or to make a step that may sleep. Its time counts until {@link #runEnds}. */
    public void runBegins() {
        tick(RUN, nowNanos());
    }

    /** The loop runs no more. */
    public void runEnds() {
        long nowNanos = nowNanos();
        pause(ASLEEP, nowNanos); // a poll that has thrown
        pause(SPUN, nowNanos);
        pause(RUN, nowNanos);
    }

    /** The loop begins to sleep. Returns the time. */
    public long sleepBegins() {
        long nowNanos = nowNanos();
        add(SLEEPS, 1);
        tick(ASLEEP, nowNanos);
        return nowNanos;
    }

    /** The loop sleeps no more. Returns the time. */
    public long sleepEnds() {
        long nowNanos = nowNanos();
        pause(ASLEEP, nowNanos);
        return nowNanos;
    }

    /** The loop begins to spin. */
    public void spinBegins() {
        tick(SPUN, nowNanos());
    }

    /** The loop spins no more. */
    public void spinEnds() {
        pause(SPUN, nowNanos());
    }

    /** A time that the loop has read lately: at its last sleep, for instance. Costs no look at the clock. */
    public long latestNanos() {
        return plain(LATEST);
    }

    /** Reads the clock for {@link #latestNanos}. */
    public void readClock() {
        store(LATEST, nowNanos());
    }

    /** Whether the loop sleeps in its poll. From any thread. */
    public boolean isAsleep() {
        return (opaque(ASLEEP) & TICKING) != 0;
    }

    /** Records how late a deadline was. */
    public void timerWasLate(long nanos) {
        timerLag.record(nanos);
    }

    /** Records how long something was queued; null if the loop does not record that. */
    public Recorder callbackLag() {
        return callbackLag;
    }

    /** Records how long a step took; null if the loop does not record that. */
    public Recorder stepLength() {
        return stepLength;
    }

    /** Offloaded work begins to run. From any thread. */
    public void offloadBegins() {
        offloadsBegun.getAndIncrement();
    }

    /** Offloaded work runs no more. From any thread. */
    public void offloadEnds() {
        offloadsEnded.getAndIncrement();
    }

    /** Offloaded work will never begin: the task takes it back, or the executor has refused it. */
    public void offloadIsWithdrawn() {
        add(OFFLOADS_WITHDRAWN, 1);
    }

    private long opaque(int slot) {
        return values.getOpaque(PADDING + slot);
    }

    /** Reads all numbers into an array, in the order of {@link Metric}. From any thread. */
    void read(long[] numbers) {
        long nowNanos = nowNanos();
        long ended = values.getAcquire(PADDING + TASKS_ENDED); // first: see taskEnds
        long runEnded = offloadsEnded.get(); // each of these three before what it cannot exceed
        long begun = offloadsBegun.get();
        long withdrawn = opaque(OFFLOADS_WITHDRAWN);
        for (int metric = 0; metric < METRICS; metric++) {
            numbers[metric] = opaque(metric);
        }
        long asleep = ticked(ASLEEP, nowNanos);
        long spun = ticked(SPUN, nowNanos);
        numbers[TASKS_ENDED] = ended;
        numbers[Metric.TASKS_LIVE.ordinal()] = Math.max(0, numbers[TASKS_BEGUN] - ended);
        numbers[ASLEEP] = asleep;
        numbers[SPUN] = spun;
        numbers[Metric.BUSY_NANOS.ordinal()] = Math.max(0, ticked(RUN, nowNanos) - asleep - spun);
        numbers[Metric.OFFLOADS_RUNNING.ordinal()] = begun - runEnded;
        numbers[Metric.OFFLOADS_WAITING.ordinal()] = Math.max(0, numbers[OFFLOADS] - begun - withdrawn);
    }

    /** Reads a histogram. From any thread. */
    BucketCounts read(Timing timing) {
        Recorder recorder = switch (timing) {
            case TIMER_LAG -> timerLag;
            case CALLBACK_LAG -> callbackLag;
            case STEP_LENGTH -> stepLength;
        };
        return recorder == null ? BucketCounts.EMPTY : recorder.read();
    }
}
