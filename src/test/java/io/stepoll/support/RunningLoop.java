package io.stepoll.support;

import io.stepoll.EventLoop;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A loop that runs on a thread of its own until {@link #close}. */
public final class RunningLoop implements AutoCloseable {
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

    public EventLoop loop() {
        return opened.join();
    }

    /** Runs the code in a task of the loop, and waits for its result. */
    public <T> T call(Callable<T> body) throws InterruptedException, ExecutionException {
        return loop().spawn(body).join();
    }

    @Override
    public void close() {
        loop().stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by the timeout of the test, which fails it anyway
        }
    }
}
