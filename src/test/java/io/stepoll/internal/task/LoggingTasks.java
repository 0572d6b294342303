package io.stepoll.internal.task;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;

/**
 * The main class of a child process. Tasks log by the JDK's console handler, which takes a lock, while callbacks fail
 * and the same log reports them. A loop that reported failures on its own thread stood still for good within a tenth
 * of a second.
 */
public final class LoggingTasks {
    private static final int TASKS = 8;
    private static final int LINES = 3000;

    private LoggingTasks() {}

    /** Prints how many lines the tasks have logged. */
    public static void main(String[] arguments) throws Exception {
        Logger logger = Logger.getLogger("tasks");
        try (EventLoop loop = EventLoop.open()) {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
                tasks.add(loop.spawn(() -> {
                    for (int line = 0; line < LINES; line++) {
                        logger.info("line " + line);
                        if (line % 10 == 0) {
                            loop.callSoon(() -> {
                                throw new IllegalStateException("a callback fails");
                            });
                        }
                        loop.sleep(Duration.ZERO);
                    }
                    return LINES;
                }));
            }
            Thread other = Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    logger.info("another thread contends for the handler");
                    Thread.yield();
                }
            });
            loop.runUntilDone();
            int lines = 0;
            for (Task<Integer> task : tasks) {
                lines += task.join();
            }
            System.out.println(lines + " lines, contended " + other.isAlive());
        }
    }
}
