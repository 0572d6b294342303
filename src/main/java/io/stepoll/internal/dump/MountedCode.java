package io.stepoll.internal.dump;

import io.stepoll.Descriptor;
import io.stepoll.internal.sched.CallbackRunners;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sys.VirtualThreads;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.LoopTasks;
import io.stepoll.internal.task.TaskWait;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Finds the code that runs on a loop at the moment, from another thread and without a lock. While the loop stands still
 * the last beat has published what the loop last ran. If the loop goes on in that moment, less is found, and nothing
 * else is wrong.
 */
public final class MountedCode {
    /** The classes that call callbacks: the frame above one of them is the callback's. */
    private static final Set<String> CALLERS = Set.of("io.stepoll.internal.reactor.Reactor",
            "io.stepoll.internal.reactor.LoopTimer", "io.stepoll.internal.io.HandlerRegistration");

    private final LoopTasks tasks;
    private final Scheduler scheduler;
    private final CallbackRunners runners;

    /* Made here, as a look of the watchdog must work in a heap that is full. */
    private final Predicate<LoopTask<?>> mountedTask = task -> isMounted(task.thread());
    private final Predicate<Thread> mounted = this::isMounted;

    /** Links and loads what a look needs. */
    public MountedCode(LoopTasks tasks) {
        this.tasks = tasks;
        scheduler = tasks.scheduler();
        runners = tasks.reactor().runners();
        boolean _ = mounted.test(Thread.currentThread());
        LockSupport.getBlocker(Thread.currentThread());
    }

    /** The task that is mounted on the loop's thread; null if none is. Allocates nothing. */
    public LoopTask<?> task() {
        return tasks.find(mountedTask);
    }

    /**
     * The thread of the task or of the callback that runs; the loop's own if it is neither. Allocates nothing.
     *
     * @param task what {@link #task} has returned
     */
    public Thread thread(LoopTask<?> task) {
        if (task != null) {
            return task.thread();
        }
        Thread callback = runners.find(mounted);
        return callback == null ? scheduler.loopThread() : callback;
    }

    /**
     * Whether a thread is mounted on the loop's. If this JDK has no field that says it, the text of the thread does:
     * that of a mounted virtual thread ends with its carrier's name.
     */
    private boolean isMounted(Thread thread) {
        Thread carrier = scheduler.loopThread();
        int mountedOn = VirtualThreads.mountedOn(thread, carrier);
        return mountedOn < 0 ? thread.toString().endsWith("@" + carrier.getName()) : mountedOn == 1;
    }

    /** What runs, in words: a task by its thread, or a callback by its method. */
    public static String describe(LoopTask<?> task, List<StackTraceElement> stack) {
        return task == null ? "the callback " + callback(stack) : "the task " + task.thread();
    }

    /** The method of the callback whose stack this is. */
    static String callback(List<StackTraceElement> stack) {
        for (int i = 1; i < stack.size(); i++) {
            if (CALLERS.contains(stack.get(i).getClassName())) {
                return stack.get(i - 1).toString();
            }
        }
        return "of an unknown kind";
    }

    /** What a thread waits for, in words. Calls no method of somebody else's object, which might wait for a lock. */
    public static String describe(Object blocker) {
        return switch (blocker) {
            case null -> null;
            case TaskWait time -> "a time";
            case Descriptor descriptor -> descriptor.toString();
            default -> Objects.toIdentityString(blocker);
        };
    }
}
