package io.stepoll.support;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import java.util.concurrent.ExecutionException;

/** The results of tasks on a loop that the test itself runs. */
public final class TaskResults {
    private TaskResults() {}

    /** Runs the loop until it is done, then returns the result of the task, or throws what the task has thrown. */
    public static <T> T of(EventLoop loop, Task<T> task) throws Exception {
        loop.runUntilDone();
        return of(task);
    }

    /** Returns the result of a task that has ended, or throws what the task has thrown. */
    public static <T> T of(Task<T> task) throws Exception {
        try {
            return task.join();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }
}
