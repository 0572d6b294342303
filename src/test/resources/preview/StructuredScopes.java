import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.StructuredTaskScope;

/** The JDK's StructuredTaskScope in a task. A child process runs this source file with preview features. */
public final class StructuredScopes {
    private static final Duration HOUR = Duration.ofHours(1);

    private StructuredScopes() {}

    public static void main(String[] arguments) throws Exception {
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Task<Void> both = loop.spawn(() -> {
                succeed(loop, clock);
                fail(loop);
            });
            loop.runUntilDone();
            both.join(); // throws what has failed
        }
    }

    private static void succeed(EventLoop loop, VirtualClock clock) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (var scope = StructuredTaskScope.open()) {
            var a = scope.fork(() -> {
                pair[0].read(ByteBuffer.allocate(1));
                return "a";
            });
            var b = scope.fork(() -> {
                loop.sleep(HOUR);
                if (EventLoop.current() != loop) {
                    throw new AssertionError("a fork does not run on the loop");
                }
                loop.sleep(HOUR);
                pair[1].write(ByteBuffer.allocate(1));
                return "b";
            });
            scope.join();
            System.out.println(List.of(a.get(), b.get()) + " on the loop in "
                    + clock.nanoTime() / HOUR.toNanos() + " h");
        }
        pair[0].close();
        pair[1].close();
    }

    private static void fail(EventLoop loop) throws Exception {
        String[] other = {"was not"};
        try (var scope = StructuredTaskScope.open()) {
            scope.fork(() -> {
                loop.sleep(HOUR);
                throw new IOException("broken");
            });
            scope.fork(() -> {
                try {
                    loop.sleep(HOUR.multipliedBy(24));
                } catch (InterruptedException e) {
                    other[0] = "was";
                }
            });
            scope.join();
        } catch (Exception e) { // of another class in each preview of the JDK
            System.out.println("failed: " + e.getCause().getMessage() + ", the other " + other[0] + " interrupted");
        }
    }
}
