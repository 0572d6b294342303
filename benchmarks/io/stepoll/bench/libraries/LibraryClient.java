package io.stepoll.bench.libraries;

import io.stepoll.EventLoop;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * A program that uses a library of others: {@code WORK WAY PORT}. It prints READY when its workers are connected. For
 * each line with a number it works for so many milliseconds, and prints how often it has asked, in how many
 * nanoseconds, the latencies (median, the 99th percentile, the longest), and how late a timer of 5 ms was at worst.
 */
public final class LibraryClient {
    private static final Duration PERIOD = Duration.ofMillis(5);
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long LONGEST_NANOS = 60_000_000_000L;
    private static final int DIGITS = 3;
    private static final double MEDIAN = 50;
    private static final double HIGH = 99;

    private final ExecutorService executor;
    private final EventLoop loop; // null for the JDK's virtual threads
    private final List<Work.Worker> workers = new ArrayList<>();

    private LibraryClient(EventLoop loop) {
        this.loop = loop;
        executor = loop == null ? Executors.newVirtualThreadPerTaskExecutor() : loop.asTaskExecutor();
    }

    /** Runs until the end of the input. */
    public static void main(String[] arguments) throws Exception {
        Work work = Work.valueOf(arguments[0]);
        Way way = Way.valueOf(arguments[1]);
        int port = Integer.parseInt(arguments[2]);
        if (!way.isOnLoop()) {
            new LibraryClient(null).serve(work, way, port);
            return;
        }
        try (EventLoop loop = EventLoop.builder().name("bench").idleStrategy(way.idleStrategy()).open()) {
            Thread runner = Thread.ofPlatform().name("bench").start(loop::run);
            new LibraryClient(loop).serve(work, way, port);
            loop.stop();
            runner.join();
        }
    }

    private void serve(Work work, Way way, int port) throws Exception {
        for (int i = 0; i < work.workers; i++) {
            workers.add(executor.submit(() -> work.connect(way, port)).get());
        }
        System.out.println("READY");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(run(Long.parseLong(line) * NANOS_PER_MILLI));
        }
        executor.shutdown();
    }

    private String run(long nanos) throws Exception {
        long beginNanos = System.nanoTime();
        long endNanos = beginNanos + nanos;
        AtomicLong worstNanos = new AtomicLong();
        Future<?> timer = workers.size() == 1 ? executor.submit(timer(endNanos, worstNanos)) : null;
        List<Future<Histogram>> running = new ArrayList<>();
        for (Work.Worker worker : workers) {
            running.add(executor.submit(() -> work(worker, endNanos)));
        }
        Histogram all = new Histogram(LONGEST_NANOS, DIGITS);
        for (Future<Histogram> each : running) {
            all.add(each.get());
        }
        long took = System.nanoTime() - beginNanos;
        if (timer != null) {
            timer.get();
        }
        return all.getTotalCount() + " " + took + " " + all.getValueAtPercentile(MEDIAN) + " "
                + all.getValueAtPercentile(HIGH) + " " + all.getMaxValue() + " " + worstNanos.get();
    }

    private static Histogram work(Work.Worker worker, long endNanos) throws Exception {
        Histogram latencies = new Histogram(LONGEST_NANOS, DIGITS);
        long nowNanos = System.nanoTime();
        for (int number = 0; nowNanos < endNanos; number++) {
            long beforeNanos = nowNanos;
            worker.ask(number);
            nowNanos = System.nanoTime();
            latencies.recordValue(Math.min(nowNanos - beforeNanos, LONGEST_NANOS));
        }
        return latencies;
    }

    /** Sleeps again and again, by the loop's clock or by the JDK's. */
    private Callable<Void> timer(long endNanos, AtomicLong worstNanos) {
        return () -> {
            for (long nowNanos = System.nanoTime(); nowNanos < endNanos;) {
                long dueNanos = nowNanos + PERIOD.toNanos();
                if (loop == null) {
                    Thread.sleep(PERIOD); // its lateness is what is measured
                } else {
                    loop.sleep(PERIOD);
                }
                nowNanos = System.nanoTime();
                worstNanos.accumulateAndGet(nowNanos - dueNanos, Math::max);
            }
            return null;
        };
    }
}
