package io.stepoll.bench.jmh;

import io.stepoll.EventLoop;
import io.stepoll.internal.threads.StartingClasses;
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
 * A callback that another thread than the loop's queues. The loop runs on a thread of its own. This is the one
 * benchmark that may allocate: the inbox is a linked queue. With {@code -t 4} four threads submit.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CrossThreadSubmits {
    /**
     * How many callbacks of one submitter may be queued and not yet run. The inbox has no limit of its own: without
     * this one the benchmark would measure the faster side, and the heap. With a small limit it would measure how the
     * two sides wait for each other.
     */
    private static final long LARGEST_LEAD = 1 << 12;

    /** A loop that runs on a thread of its own, and sleeps when it has nothing to do. */
    @State(Scope.Benchmark)
    public static class Running {
        EventLoop loop;
        private Thread thread;

        /** Starts the loop twice, for the reason that {@link OpenLoop#open} gives. */
        @Setup
        public void open() throws InterruptedException {
            start();
            StartingClasses.await(); // what it allocates must not be an iteration's
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
                loop.callSoon(() -> opened.complete(loop)); // within run(): by then the loop belongs to this thread
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

    /** One submitting thread, and the number of its callbacks that have run. */
    @State(Scope.Thread)
    public static class Submitter {
        private final AtomicLong run = new AtomicLong();
        private final Runnable callback = () -> run.setRelease(run.getPlain() + 1); // only the loop's thread writes it
        private long submitted;

        /** Waits until at most {@code lead} callbacks are pending, then submits one more. */
        void submit(EventLoop loop, long lead) {
            awaitLead(lead);
            submitted++;
            loop.callSoon(callback);
        }

        private void awaitLead(long lead) {
            while (submitted - run.getAcquire() > lead) {
                Thread.yield(); // a bare spin would hold up the loop where there are fewer processors than threads
            }
        }

        /** Checks that each callback has run, and only once. */
        @TearDown
        public void check() {
            awaitLead(0);
            if (run.getAcquire() != submitted) {
                throw new IllegalStateException(run.getAcquire() + " run of " + submitted);
            }
        }
    }

    /** Submits as fast as both threads can go. The loop rarely sleeps, and the eventfd is rarely written. */
    @Benchmark
    public void stream(Running running, Submitter submitter) {
        submitter.submit(running.loop, LARGEST_LEAD);
    }

    /** Submits one callback and waits until it has run. The loop sleeps, and each submit writes the eventfd. */
    @Benchmark
    public void roundTrip(Running running, Submitter submitter) {
        submitter.submit(running.loop, 0);
        submitter.awaitLead(0);
    }
}
