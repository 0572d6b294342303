package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * System calls that fail as they hardly ever do, by the fault build of the shim. A JVM has one shim, so the classes
 * named here run in a JVM of their own; each of their tests is reported as one of this class.
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
