package io.stepoll.protocol;

import io.stepoll.DeadlineExceededException;
import java.time.Duration;
import java.util.List;

/** What a task does with time: it sleeps, yields, and puts deadlines over other operations. */
final class TimeOperations {
    private TimeOperations() {}

    /** A sleep; of no time it is a yield. */
    static final class Sleep extends TaskOperation {
        private final Duration time;
        private long latest;
        private LoopModel loop;

        Sleep(Duration time, boolean throwsOn) {
            super("sleep " + time, null, null, throwsOn);
            this.time = time;
        }

        @Override
        void call(Worker worker) throws Exception {
            loop = worker.loop;
            long earliest = loop.earliestNow() + time.toNanos();
            latest = loop.clock.nanoTime() + time.toNanos();
            loop.loop.sleep(time);
            if (loop.clock.nanoTime() < earliest) {
                worker.world.fail(this + " is over " + (earliest - loop.clock.nanoTime()) + " ns early");
            }
        }

        @Override
        boolean hasCome() {
            return loop.hasStepBegunAt(latest);
        }
    }

    /** Waits for a lock of the loop's, and does something with it. */
    static final class Locked extends TaskOperation {
        private final List<TaskOperation> inside;
        private LoopModel loop;

        Locked(List<TaskOperation> inside, boolean throwsOn) {
            super("lock", null, null, throwsOn);
            this.inside = inside;
        }

        @Override
        void call(Worker worker) throws Exception {
            loop = worker.loop;
            if (loop.lock.isHeldByCurrentThread()) {
                return;
            }
            loop.lock.lockInterruptibly();
            try {
                for (TaskOperation operation : inside) {
                    worker.perform(operation);
                }
            } finally {
                loop.lock.unlock();
            }
        }

        @Override
        boolean hasCome() {
            return !loop.lock.isLocked();
        }
    }

    /** A deadline over other operations. */
    static final class Within extends TaskOperation {
        private final Duration time;
        private final List<TaskOperation> inside;
        private Throwable inner;

        Within(Duration time, List<TaskOperation> inside, boolean throwsOn) {
            super("within " + time, null, null, throwsOn);
            this.time = time;
            this.inside = inside;
        }

        @Override
        void call(Worker worker) throws Exception {
            DeadlineModel deadline = new DeadlineModel(worker, time);
            Throwable outer = null;
            try {
                worker.loop.loop.within(time, () -> inside(worker, deadline));
            } catch (Throwable t) {
                outer = t;
                throw t;
            } finally {
                if (worker.deadline == deadline) { // else the loop is closed, and the code has not begun
                    worker.deadline = deadline.enclosing;
                    deadline.over();
                    checkEnd(worker, deadline, outer);
                    worker.checkInterruptStatus();
                }
            }
        }

        private void inside(Worker worker, DeadlineModel deadline) throws Exception {
            worker.deadline = deadline;
            try {
                for (TaskOperation operation : inside) {
                    worker.perform(operation);
                }
            } catch (Throwable t) {
                inner = t;
                throw t;
            }
        }

        private void checkEnd(Worker worker, DeadlineModel deadline, Throwable outer) {
            World world = worker.world;
            if (outer instanceof DeadlineExceededException e && outer != inner) {
                if (e.getCause() != inner || inner == null) {
                    world.fail(this + " has another cause than " + inner, e);
                }
                if (!deadline.mayHaveCome() || !deadline.mayHaveInterrupted && Worker.isInterruption(inner)) {
                    world.fail(this + " is over, and its deadline has not come", e);
                }
                if (deadline.wasCancelledSince()) {
                    world.fail(this + " takes a cancel for its deadline", e);
                }
                return;
            }
            if (outer != inner) {
                world.fail(this + " throws another exception than its code, which has thrown " + inner, outer);
            }
            boolean others = deadline.wasCancelledSince() || deadline.othersInterrupt()
                    || worker.loop.closing || worker.loop.shutdown != null;
            if (deadline.mayHaveInterrupted && Worker.isInterruption(inner) && !others) {
                world.fail(this + " has interrupted its code, and does not say so", outer);
            }
        }

        @Override
        boolean mayThrow(Worker worker, Throwable thrown) {
            return thrown instanceof DeadlineExceededException; // which checkEnd has judged
        }

        /** It does not wait itself: what is inside does. */
        @Override
        boolean hasCome() {
            return false;
        }
    }
}
