package io.stepoll.bench.jmh;

import io.stepoll.StepResult;
import io.stepoll.Task;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** The switch from the loop into a task and back: a virtual thread is mounted, and unmounted at its next wait. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TaskSwitches {
    private static final int MANY = 64;

    /** A task that yields: the loop resumes it from the queue of callbacks. */
    public static class Yielding extends OpenLoop {
        @Override
        protected void prepare() {
            loop.spawn(this::yieldForEver);
            loop.step(false);
        }

        boolean ends;

        /** Yields until it is to end, or the close of the loop cancels the task. */
        void yieldForEver() throws InterruptedException {
            while (!ends) {
                loop.sleep(Duration.ZERO);
                done++;
            }
        }
    }

    /** So many yielding tasks in each step that the poll hardly counts: the bare switch. */
    public static class ManyYielding extends Yielding {
        @Override
        protected void prepare() {
            ends = false;
            for (int i = 0; i < MANY; i++) {
                loop.spawn(this::yieldForEver);
            }
            loop.step(false);
        }

        @Override
        protected void finish() {
            ends = true;
            loop.step(false);
        }

        @Override
        protected int donePerStep() {
            return MANY;
        }
    }

    /**
     * Two tasks that unpark each other in turn, as tasks do that share a lock or a queue of java.util.concurrent. In
     * each step one task unparks the other, then parks.
     */
    public static class InTurn extends OpenLoop {
        private final Thread[] threads = new Thread[2];
        private int turn;

        @Override
        protected void prepare() {
            for (int i = 0; i < threads.length; i++) {
                int mine = i;
                Task<Void> task = loop.spawn("turn-" + i, () -> takeTurns(mine));
                threads[i] = task.thread();
            }
            for (int i = 0; i < threads.length; i++) { // the first begins both, the second resumes the unparked one
                loop.step(false);
            }
        }

        private void takeTurns(int mine) {
            while (!Thread.currentThread().isInterrupted()) {
                if (turn == mine) {
                    turn = 1 - mine;
                    done++;
                    LockSupport.unpark(threads[turn]);
                }
                LockSupport.park(this);
            }
        }
    }

    /** A task that sleeps for the shortest time: the loop resumes it from the heap of timers, in the timers phase. */
    public static class Sleeping extends OpenLoop {
        private static final Duration SHORTEST = Duration.ofNanos(1);

        @Override
        protected void prepare() {
            loop.spawn(this::sleepForEver);
            loop.step(false);
        }

        private void sleepForEver() throws InterruptedException {
            while (true) {
                loop.sleep(SHORTEST); // has passed by the next step, which reads the clock again
                done++;
            }
        }
    }

    /** A task that spawns another one, and joins it. */
    public static class Joining extends OpenLoop {
        @Override
        protected void prepare() {
            loop.spawn(this::joinForEver);
            loop.step(false);
        }

        private void joinForEver() throws InterruptedException, ExecutionException {
            while (true) {
                loop.spawn(() -> {
                    done++;
                }).join();
            }
        }
    }

    @Benchmark
    public StepResult oneYieldInAStep(Yielding state) {
        state.steps++;
        return state.loop.step(false);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public StepResult manyYieldsInAStep(ManyYielding state) {
        state.steps++;
        return state.loop.step(false);
    }

    @Benchmark
    public StepResult oneUnparkInAStep(InTurn state) {
        state.steps++;
        return state.loop.step(false);
    }

    /** Two steps: the first one runs the task to its end, the second one the joiner, which spawns the next task. */
    @Benchmark
    public StepResult spawnAndJoin(Joining state) {
        state.steps++;
        state.loop.step(false);
        return state.loop.step(false);
    }

    @Benchmark
    public StepResult oneSleepInAStep(Sleeping state) {
        state.steps++;
        return state.loop.step(false);
    }
}
