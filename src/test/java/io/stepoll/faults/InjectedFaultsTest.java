package io.stepoll.faults;

import io.stepoll.support.ChildTests;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Runs the Injected… classes with the fault build of the shim, where system calls fail in ways that are rare
 * otherwise.
 */
@Timeout(240)
class InjectedFaultsTest {
    private static final List<Class<?>> CLASSES = List.of(InjectedStreamFaults.class, InjectedDatagramFaults.class,
            InjectedFileFaults.class, InjectedAcceptFaults.class, InjectedLoopFaults.class,
            InjectedJavaSocketFaults.class, InjectedSocketFileFaults.class, InjectedMemoryFaults.class,
            InjectedBufferedStreams.class, InjectedConnectFaults.class, InjectedQueueFaults.class,
            InjectedStorm.class);

    @TestFactory
    Stream<DynamicTest> each() throws Exception {
        return ChildTests.withFaults(_ -> {}, CLASSES);
    }
}
