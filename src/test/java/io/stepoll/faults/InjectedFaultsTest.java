package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.stepoll.support.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Runs the Injected… classes with the fault build of the shim, where system calls fail in ways that are rare
 * otherwise. A JVM has one shim, so these classes run in a child JVM. Each of their tests is reported as a test of this
 * class.
 */
@Timeout(240)
class InjectedFaultsTest {
    private static final List<Class<?>> CLASSES = List.of(InjectedStreamFaults.class, InjectedDatagramFaults.class,
            InjectedFileFaults.class, InjectedAcceptFaults.class, InjectedLoopFaults.class,
            InjectedStorm.class);

    @TestFactory
    Stream<DynamicTest> each() throws Exception {
        String shim = Objects.requireNonNull(System.getProperty("faults.library"), "-Dfaults.library names no shim");
        List<String> options = new ArrayList<>(List.of("-Dstepoll.library=" + shim));
        String seed = System.getProperty("stepoll.seed");
        if (seed != null) {
            options.add("-Dstepoll.seed=" + seed);
        }
        ChildJvm.Ended ended =
                ChildJvm.run(options, FaultRun.class, CLASSES.stream().map(Class::getName).toArray(String[]::new));
        List<String> lines = ended.output().lines().toList();
        lines.stream().filter(line -> line.contains("-Dstepoll.seed=")).forEach(System.out::println);
        assertTrue(lines.contains(FaultRun.ENDED), () -> ended.output() + ended.errors());
        return lines.stream().filter(line -> line.startsWith(FaultRun.PASSED) || line.startsWith(FaultRun.FAILED))
                .map(InjectedFaultsTest::report);
    }

    private static DynamicTest report(String line) {
        String[] columns = line.split("\t", 3);
        return DynamicTest.dynamicTest(columns[1], () -> {
            if (!line.startsWith(FaultRun.PASSED)) {
                fail(columns[2].replace('\t', '\n'));
            }
        });
    }
}
