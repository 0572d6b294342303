import io.stepoll.EventLoop;
import io.stepoll.Task;
import java.time.Duration;
import java.util.concurrent.StructuredTaskScope;

/** The JDK's StructuredTaskScope with a loop's thread factory. A child process runs this file with preview features. */
public final class ScopeOfTasks {
    private ScopeOfTasks() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                try (var scope = StructuredTaskScope.open(StructuredTaskScope.Joiner.allSuccessfulOrThrow(),
                        options -> options.withThreadFactory(loop.taskThreadFactory()))) {
                    var fork = scope.fork(() -> {
                        loop.sleep(Duration.ofMillis(1));
                        return Task.current() != null && EventLoop.current() == loop;
                    });
                    scope.join();
                    System.out.println("a fork is a task: " + fork.get());
                }
            });
            loop.runUntilDone();
        }
    }
}
