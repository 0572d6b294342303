package io.stepoll.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes in their order until one fails. Arguments: a file with a class and its usual milliseconds a line,
 * and a file that gets the name of the test that failed, or that was running when the JVM ended.
 *
 * <p>The status is 0 if all passed, 1 if one failed, and 2 if a class took far longer than usual. The JVM is halted, as
 * a changed loop may not let go of it.
 */
public final class TestRun implements TestExecutionListener {
    private static final int FAILED = 1;
    private static final int STOOD_STILL = 2;
    private static final long LEAST_MILLIS = 15_000; // a machine with other work on it

    private final Path killer;

    private TestRun(Path killer) {
        this.killer = killer;
    }

    static void main(String[] args) throws Exception {
        var run = new TestRun(Path.of(args[1]));
        ScheduledExecutorService guard =
                Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
        String times = System.getProperty("mutants.times");
        Launcher launcher = LauncherFactory.create();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] words = line.split(" ");
            run.write(words[0]);
            long start = System.nanoTime();
            Future<?> end = guard.schedule(() -> Runtime.getRuntime().halt(STOOD_STILL),
                    Math.max(LEAST_MILLIS, 10 * Long.parseLong(words[1])), TimeUnit.MILLISECONDS);
            launcher.execute(LauncherDiscoveryRequestBuilder.request()
                    .selectors(DiscoverySelectors.selectClass(words[0])).build(), run);
            end.cancel(false);
            if (times != null) {
                Files.write(Path.of(times), List.of(words[0] + " " + (System.nanoTime() - start) / 1_000_000),
                        StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            write(test.getUniqueId().replaceAll("\\[(engine|class|method|test-template|test-template-invocation):", "[")
                    + " " + result.getThrowable().map(Throwable::toString).orElse("").lines().findFirst().orElse(""));
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private void write(String text) {
        try {
            Files.writeString(killer, text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
