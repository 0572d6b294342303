package io.stepoll.protocol;

import io.stepoll.ListenerStoppedException;
import io.stepoll.Task;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

/** A task that does one operation after the other, and what the model knows of its interrupts. */
final class Worker {
    final World world;
    final LoopModel loop;
    final String name;
    Task<String> task;

    private final Deque<TaskOperation> todo = new ArrayDeque<>();
    private final boolean lives;
    private final boolean inGroup;
    private boolean endAsked;

    /** The innermost operation under way; null while it has none. */
    TaskOperation current;

    /** The innermost deadline over what it does. */
    DeadlineModel deadline;

    /** How often it was cancelled since its body began. */
    int cancels;

    /** How often somebody who is not the library has interrupted it. */
    int strangers;

    private boolean begun;
    private boolean over;
    private boolean cancelled;
    private boolean cancelPending;
    private boolean strangerPending;
    private boolean consumedACancel;
    private boolean checked;
    private Throwable judged;
    private Throwable thrown;

    private Worker(LoopModel loop, Collection<TaskOperation> first, boolean lives, boolean inGroup) {
        this.loop = loop;
        world = loop.world;
        name = "w" + world.nextNumber() + "@" + loop.name;
        todo.addAll(first);
        this.lives = lives;
        this.inGroup = inGroup;
    }

    /**
     * Spawns one.
     *
     * @param lives whether it waits for further operations after the first ones
     * @param inGroup whether its group may cancel it
     */
    static Worker spawn(LoopModel loop, Collection<TaskOperation> first, boolean lives, boolean inGroup,
            BiFunction<String, Callable<String>, Task<String>> spawn) {
        Worker worker = new Worker(loop, first, lives, inGroup);
        worker.task = spawn.apply(worker.name, worker::run);
        loop.world.workers.add(worker);
        loop.world.note("spawned " + worker);
        return worker;
    }

    /** The body of the task. */
    String run() throws Exception {
        begun = true;
        world.note(name + " begins");
        try {
            while (!(todo.isEmpty() && (!lives || endAsked || loop.closing))) {
                if (todo.isEmpty()) {
                    idle();
                } else {
                    perform(todo.poll());
                }
            }
            return name;
        } catch (Throwable t) {
            thrown = t;
            throw t;
        } finally {
            over = true;
            checkInterruptStatus();
            world.note(name + " ends" + (thrown == null ? "" : " with " + thrown.getClass().getSimpleName()));
        }
    }

    private void idle() {
        current = null;
        LockSupport.park(this);
        if (Thread.interrupted()) {
            interrupted("idle");
        }
    }

    /**
     * Does an operation, and what the model says to what comes out of it. When the loop closes it does none any more: a
     * cancel ends one wait, and the close does not wait for the next one.
     */
    void perform(TaskOperation operation) throws Exception {
        if (loop.closing) {
            return;
        }
        TaskOperation around = current;
        current = operation;
        world.note(name + " does " + operation);
        try {
            operation.perform(this);
            world.note(name + " has done " + operation);
        } catch (Throwable t) {
            world.note(name + ": " + operation + " throws " + t.getClass().getSimpleName());
            if (operation.throwsOn) {
                throw t;
            }
        } finally {
            current = around;
            if (around == null) {
                checkInterruptStatus();
            }
        }
    }

    /** Whether a handle is what an operation under way is about. */
    boolean isAbout(Handle handle) {
        return current != null && current.handle == handle;
    }

    /** Whether an exception is a new one, which no operation has judged yet. */
    boolean judges(Throwable t) {
        boolean isNew = judged != t;
        judged = t;
        return isNew;
    }

    /** From outside of it. */
    void give(Collection<TaskOperation> operations) {
        todo.addAll(operations);
        LockSupport.unpark(task.thread());
    }

    void end() {
        endAsked = true;
        LockSupport.unpark(task.thread());
    }

    boolean isIdle() {
        return begun && !over && current == null && todo.isEmpty();
    }

    boolean isLive() {
        return !over && !task.isDone();
    }

    void cancel() {
        if (isLive()) {
            cancelled = true;
            if (begun) {
                cancels++;
                cancelPending = true;
            }
        }
        task.cancel();
    }

    /** An interrupt by somebody who is not the library. */
    void interrupt() {
        if (begun && !over) {
            strangerPending = true;
            strangers++;
            task.thread().interrupt();
        }
    }

    /** Whether something may have interrupted it that it has not noticed yet. */
    boolean mayBeInterrupted() {
        return isPending() || inGroup || loop.closing || loop.shutdown != null || deadline != null
                && deadline.mayInterrupt();
    }

    boolean isInterruptPending() {
        return isPending() || inGroup;
    }

    private boolean isPending() {
        return cancelPending || strangerPending;
    }

    /** The code under a deadline that may have come is over: a stranger's interrupt counts as the deadline's. */
    void deadlineIsOver() {
        strangerPending &= Thread.currentThread().isInterrupted();
    }

    /** Whether its current wait must have been ended by an interrupt. */
    boolean mustBeInterrupted() {
        return isPending() || deadline != null && deadline.mustInterrupt();
    }

    /** A wait of it has ended by an interrupt. */
    void interrupted(String where) {
        world.note(name + " is interrupted: " + where);
        if (!mayBeInterrupted()) {
            world.fail(name + " is interrupted by nobody: " + where);
        }
        consumedACancel |= cancelled || inGroup || loop.shutdown != null;
        cancelPending = false;
        strangerPending = false;
        if (deadline != null) {
            deadline.interruptConsumed();
        }
    }

    /** No interrupt is left behind, and none is lost. */
    void checkInterruptStatus() {
        boolean is = Thread.currentThread().isInterrupted();
        if (is && !mayBeInterrupted()) {
            world.fail(name + " was left interrupted by nobody");
        }
        if (!is && isPending() && !loop.closing) {
            world.fail(name + " was interrupted, and has lost that");
        }
    }

    /** Everything is quiet: says what it should not be waiting for. */
    void checkQuiet() {
        if (over || !begun) {
            if (!task.isDone()) { // a task whose body has not begun was cancelled before
                world.fail(name + " is over, and its task is " + task.state());
            }
        } else if (current == null) {
            if (!todo.isEmpty() || isPending()) {
                world.fail(name + " does not go on");
            }
        } else {
            String overdue = current.overdue(this);
            if (overdue != null) {
                world.fail(name + ", " + current + ": " + overdue);
            }
        }
    }

    static boolean isInterruption(Throwable t) {
        return t instanceof InterruptedException
                || t instanceof InterruptedIOException && !(t instanceof SocketTimeoutException);
    }

    /** Once the task has ended: compares its state and its result with the model. Somebody has got its failure then. */
    void checkIfEnded() {
        if (task.isDone() && !checked) {
            checked = true;
            checkEnd(task.state());
        }
    }

    private void checkEnd(Task.State state) {
        boolean mayBeCancelled = cancelled || inGroup || loop.closing || loop.shutdown != null;
        if (!begun) {
            expect(state == Task.State.CANCELLED && mayBeCancelled, state);
        } else if (thrown == null) {
            expect(state == Task.State.SUCCEEDED, state);
        } else if (thrown instanceof ListenerStoppedException) {
            expect(state == Task.State.CANCELLED, state);
        } else if (state == Task.State.CANCELLED) {
            boolean byTheCancel = isInterruption(thrown) || thrown instanceof CancellationException || consumedACancel;
            expect(mayBeCancelled && (byTheCancel || loop.closing), state);
        } else {
            expect(state == Task.State.FAILED && !(cancelled && isInterruption(thrown)), state);
        }
        try {
            expect(name.equals(task.join()), state);
        } catch (ExecutionException e) {
            expect(e.getCause() == thrown && state == Task.State.FAILED, state);
        } catch (CancellationException e) {
            expect(state == Task.State.CANCELLED, state);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void expect(boolean holds, Task.State state) {
        if (!holds) {
            world.fail(name + " has ended as " + state + (cancelled ? ", was cancelled" : "") + (begun ? "" :
                    ", has not begun"), thrown);
        }
    }

    /** The exception that it has ended with; null for none. */
    Throwable thrown() {
        return thrown;
    }

    @Override
    public String toString() {
        return name;
    }
}
