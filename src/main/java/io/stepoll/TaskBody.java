package io.stepoll;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The code of a task without a result.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface TaskBody {
    /**
     * Runs the code.
     *
     * @throws Exception the failure of the task, which whoever joins the task gets
     */
    void run() throws Exception;

    /**
     * {@return the same code as a callable, whose result is null}
     *
     * @param <T> of the result
     */
    default <T extends @Nullable Object> Callable<@Nullable T> asCallable() {
        return () -> {
            run();
            return null;
        };
    }
}
