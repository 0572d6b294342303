package io.stepoll;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A loop that runs on a thread of its own, until it is closed. */
final class RunningLoop implements AutoCloseable {
    private final CompletableFuture<EventLoop> opened = new CompletableFuture<>();
    private final Thread thread = Thread.ofPlatform().name("running loop").start(this::run);

    private void run() {
        try (EventLoop loop = EventLoop.open()) {
            opened.complete(loop);
            loop.run();
        } catch (IOException e) {
            opened.completeExceptionally(e);
        }
    }

    EventLoop loop() {
        return opened.join();
    }

    /** Does something in a task. */
    <T> T call(Callable<T> body) throws InterruptedException, ExecutionException {
        return loop().spawn(body).join();
    }

    @Override
    public void close() {
        loop().stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the timeout of the test: the loop's own end is of no interest
        }
    }
}
