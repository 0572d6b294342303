package io.stepoll.internal.sched;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A child's main, for a JVM without continuations: callbacks of each kind work, and each way to start a task is refused
 * by a message that names what is missing. Prints what came.
 */
final class WithoutContinuations {
    private WithoutContinuations() {}

    public static void main(String[] arguments) throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.builder()
                .failureHandler((callback, failure) -> print("failure: " + failure.getMessage())).open()) {
            refused(() -> loop.spawn(() -> {}));
            loop.callSoon(() -> {
                print("queued");
                throw new IllegalStateException("thrown");
            });
            loop.callLater(Duration.ZERO, () -> print("timer"));
            ScheduledExecutorService executor = loop.asScheduledExecutor();
            executor.schedule(() -> print("scheduled"), 0, TimeUnit.SECONDS);
            Descriptor descriptor = loop.own(ends[0]);
            descriptor.handle(ready -> {
                if (ready.tryRead(ByteBuffer.allocate(8)) == -1) {
                    print("handler");
                    ready.close();
                    refused(() -> loop.spawn(() -> {}));
                }
            }, true, false);
            RawSockets.check(Sockets.shutdown(ends[1], Sockets.SHUT_WR));
            loop.runUntilDone();
            Thread.ofPlatform().start(() -> loop.callSoon(() -> print("submitted"))).join();
            loop.runUntilDone();
        }
        RawSockets.close(ends[1]);
    }

    private static void refused(Runnable start) {
        try {
            start.run();
            print("not refused");
        } catch (UnsupportedOperationException e) {
            print("refused: " + e.getMessage());
        }
    }

    private static synchronized void print(String what) {
        System.out.println(what);
    }
}
