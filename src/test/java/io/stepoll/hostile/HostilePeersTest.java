package io.stepoll.hostile;

import io.stepoll.support.ChildTests;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Runs {@link HostilePeers} with the fault build of the shim, which observes the system calls of the loop's thread. */
@Timeout(120)
class HostilePeersTest {
    private static final List<Class<?>> CLASSES = List.of(HostilePeers.class);

    @TestFactory
    Stream<DynamicTest> unicode() throws Exception {
        return ChildTests.withFaults(child -> child.environment().put("LC_ALL", "C.UTF-8"), CLASSES);
    }

    /** Without LANG the JVM takes names of files for ASCII. */
    @TestFactory
    Stream<DynamicTest> noLanguage() throws Exception {
        return ChildTests.withFaults(child -> child.environment().keySet()
                .removeIf(name -> name.startsWith("LC_") || name.startsWith("LANG")), CLASSES);
    }
}
