package io.stepoll.bench;

import io.stepoll.EventLoop;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A callback queued by another thread than the loop's, which runs on a thread of its own. The one thing here that may
 * allocate: the inbox is a linked queue. Several submitters: {@code -t 4}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CrossThreadSubmits {
    /**
     * How many callbacks of a submitter may be under way. Without a limit the faster side would be measured, and the
     * heap, as the queue has none; with a small one the waiting for each other.
     */
    private static final long LARGEST_LEAD = 1 << 12;

    /** A loop that runs and sleeps, in its own thread. */
    @State(Scope.Benchmark)
    public static class Running {
        EventLoop loop;
        private Thread thread;

        /** Twice, for the reason that {@link OpenLoop#open} has. */
        @Setup
        public void open() throws InterruptedException {
            start();
            stop();
            start();
        }

        private void start() {
            CompletableFuture<EventLoop> opened = new CompletableFuture<>();
            thread = Thread.ofPlatform().name("loop").start(() -> run(opened));
            loop = opened.join();
        }

        private static void run(CompletableFuture<EventLoop> opened) {
            try (EventLoop loop = EventLoop.open()) {
                loop.callSoon(() -> opened.complete(loop)); // from within run: it is this thread's from here on
                loop.run();
            } catch (IOException e) {
                opened.completeExceptionally(e);
            }
        }

        @TearDown
        public void stop() throws InterruptedException {
            loop.stop();
            thread.join();
        }
    }

    /** One submitting thread, and how many of its callbacks have run. */
    @State(Scope.Thread)
    public static class Submitter {
        private final AtomicLong run = new AtomicLong();
        private final Runnable callback = () -> run.setRelease(run.getPlain() + 1); // only the loop's thread writes it
        private long submitted;

        /** Waits until no more than so many are under way, then submits one more. */
        void submit(EventLoop loop, long lead) {
            awaitLead(lead);
            submitted++;
            loop.callSoon(callback);
        }

        private void awaitLead(long lead) {
            while (submitted - run.getAcquire() > lead) {
                Thread.yield(); // not a mere spin: there may be fewer processors than threads
            }
        }

        /** Each callback has run, and once. */
        @TearDown
        public void check() {
            awaitLead(0);
            if (run.getAcquire() != submitted) {
                throw new IllegalStateException(run.getAcquire() + " run of " + submitted);
            }
        }
    }

    /** As many as the two threads together get done: the loop is rarely asleep and the eventfd is rarely written. */
    @Benchmark
    public void stream(Running running, Submitter submitter) {
        submitter.submit(running.loop, LARGEST_LEAD);
    }

    /** Submit one and wait until it has run: the loop sleeps, and is woken by the eventfd each time. */
    @Benchmark
    public void roundTrip(Running running, Submitter submitter) {
        submitter.submit(running.loop, 0);
        submitter.awaitLead(0);
    }
}
