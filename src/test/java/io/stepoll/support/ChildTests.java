package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes in a child JVM: with another shim, or in other surroundings. A JVM has one shim. Each test of the
 * child is reported as a test of the caller's class.
 */
public final class ChildTests implements TestExecutionListener {
    private static final String PASSED = "passed\t";
    private static final String FAILED = "failed\t";
    private static final String SKIPPED = "skipped\t";
    private static final String ENDED = "all ended";

    private TestPlan plan;

    private ChildTests() {}

    /**
     * Runs test classes in a child with the fault build of the shim.
     *
     * @param surroundings changes the child's environment, or its command
     */
    public static Stream<DynamicTest> withFaults(Consumer<ProcessBuilder> surroundings, List<Class<?>> classes)
            throws Exception {
        List<String> options = new ArrayList<>(List.of("-Dstepoll.library=" + FaultBuild.library()));
        String seed = System.getProperty("stepoll.seed");
        if (seed != null) {
            options.add("-Dstepoll.seed=" + seed);
        }
        return with(options, surroundings, classes);
    }

    /**
     * Runs test classes in a child with JVM options of the caller's.
     *
     * @param surroundings changes the child's environment, or its command
     */
    public static Stream<DynamicTest> with(List<String> options, Consumer<ProcessBuilder> surroundings,
            List<Class<?>> classes) throws Exception {
        ChildJvm.Ended ended = ChildJvm.run(options, surroundings, ChildTests.class,
                classes.stream().map(Class::getName).toArray(String[]::new));
        List<String> lines = ended.output().lines().toList();
        lines.stream().filter(line -> line.contains("-Dstepoll.seed=")).forEach(System.out::println);
        assertTrue(lines.contains(ENDED), () -> ended.output() + ended.errors());
        return lines.stream().filter(line -> line.startsWith(PASSED) || line.startsWith(FAILED)
                || line.startsWith(SKIPPED)).map(ChildTests::report);
    }

    private static DynamicTest report(String line) {
        String[] columns = line.split("\t", 3);
        return DynamicTest.dynamicTest(columns[1], () -> {
            if (line.startsWith(SKIPPED)) {
                abort(columns[2]);
            } else if (line.startsWith(FAILED)) {
                fail(columns[2].replace('\t', '\n'));
            }
        });
    }

    /** In the child: prints the result of each test as a line. */
    public static void main(String[] names) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(names).map(name -> selectClass(name)).toList()).build();
        LauncherFactory.create().execute(request, new ChildTests());
        System.out.println(ENDED);
    }

    @Override
    public void testPlanExecutionStarted(TestPlan started) {
        plan = started;
    }

    private String name(TestIdentifier test) {
        String container = plan.getParent(test).filter(parent -> parent.getParentId().isPresent())
                .map(parent -> name(parent) + " ").orElse("");
        return container + test.getDisplayName();
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            String reason = result.getThrowable().map(Throwable::getMessage).orElse("");
            System.out.println(SKIPPED + name(test) + "\t" + reason);
        } else if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
            StringWriter trace = new StringWriter();
            result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(trace)));
            System.out.println(FAILED + name(test) + "\t" + trace.toString().replace('\n', '\t'));
        } else if (test.isTest()) {
            System.out.println(PASSED + name(test));
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        System.out.println(SKIPPED + name(test) + "\t" + reason);
    }
}
