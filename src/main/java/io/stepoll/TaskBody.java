package io.stepoll;

import java.util.concurrent.Callable;

/** What a task without a result does. */
@FunctionalInterface
public interface TaskBody {
    /**
     * Does it.
     *
     * @throws Exception the failure of the task, for whoever joins it
     */
    void run() throws Exception;

    /**
     * The same with a result of null.
     *
     * @return a callable
     */
    default Callable<Void> asCallable() {
        return () -> {
            run();
            return null;
        };
    }
}
