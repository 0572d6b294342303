package io.stepoll.internal.net;

import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Log;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A loop of the library's own, for virtual threads that no loop carries and whose factory has no open loop. It begins
 * when the first such thread waits, on a daemon thread, and goes on until the process ends.
 */
final class ForeignersLoop {
    private static final String NAME = "stepoll-sockets";

    private static LoopDescriptors current;

    private ForeignersLoop() {}

    /** The loop; another one if the former has failed. From any thread but a loop's. */
    static synchronized LoopDescriptors get() {
        if (current == null || current.isClosing()) {
            current = LoopDescriptors.of(start());
        }
        return current;
    }

    private static EventLoop start() {
        CompletableFuture<EventLoop> opened = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name(NAME).inheritInheritableThreadLocals(false).start(() -> run(opened));
        try {
            return opened.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException failed ? new UncheckedIOException(failed) : e;
        }
    }

    private static void run(CompletableFuture<EventLoop> opened) {
        try (EventLoop loop = EventLoop.builder().name(NAME).open()) {
            opened.complete(loop);
            while (true) {
                loop.run(); // an interrupt, or a stop, ends one run
            }
        } catch (Throwable thrown) {
            if (!opened.completeExceptionally(thrown)) {
                Log.error("the event loop " + NAME + " has failed, and is closed", thrown);
            }
        }
    }
}
