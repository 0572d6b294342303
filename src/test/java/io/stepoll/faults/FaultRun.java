package io.stepoll.faults;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A child's main: runs test classes in a JVM with another shim, and prints the result of each test as a line. */
final class FaultRun implements TestExecutionListener {
    static final String PASSED = "passed\t";
    static final String FAILED = "failed\t";
    static final String SKIPPED = "skipped\t";
    static final String ENDED = "all ended";

    private TestPlan plan;

    private FaultRun() {}

    public static void main(String[] names) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(names).map(name -> selectClass(name)).toList()).build();
        LauncherFactory.create().execute(request, new FaultRun());
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
        if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
            StringWriter trace = new StringWriter();
            result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(trace)));
            System.out.println(FAILED + name(test) + "\t" + trace.toString().replace('\n', '\t'));
        } else if (test.isTest()) {
            System.out.println(PASSED + name(test));
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        System.out.println(SKIPPED + name(test) + ": " + reason);
    }
}
