package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A loop as an executor of callbacks, at once and later, and of tasks, and blocking work on another thread. */
public final class Executors {
    private Executors() {}

    /** Prints the result of each. */
    public static void main(String[] arguments) throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(1).name("work").open()) {
            EventLoop loop = group.next();
            CompletableFuture.supplyAsync(() -> Thread.currentThread().getName(), loop)
                    .thenAccept(name -> System.out.println("ran on " + name))
                    .join();

            ScheduledExecutorService executor = loop.asScheduledExecutor();
            System.out.println("later: " + executor.schedule(() -> 6 * 7, 10, TimeUnit.MILLISECONDS).get());
            executor.shutdown(); // The loop goes on.

            try (ExecutorService tasks = loop.asTaskExecutor()) {
                Duration moment = Duration.ofMillis(10);
                System.out.println("waited in a task: " + tasks.submit(() -> {
                    loop.sleep(moment); // The loop goes on meanwhile.
                    return moment;
                }).get());
            }

            Path file = Files.createTempFile("stepoll", ".txt");
            long size = loop.spawn(() -> {
                loop.offload(() -> Files.writeString(file, "written elsewhere")); // The loop goes on meanwhile.
                return loop.offload(() -> Files.size(file));
            }).join();
            System.out.println("bytes: " + size);
            Files.delete(file);
        }
    }
}
