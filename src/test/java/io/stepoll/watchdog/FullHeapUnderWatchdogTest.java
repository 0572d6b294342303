package io.stepoll.watchdog;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChildJvm;
import io.stepoll.support.Emulator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A watchdog ends the waits that the JDK had no memory to suspend. See {@link FullHeapUnderWatchdog}. */
@Timeout(60)
class FullHeapUnderWatchdogTest {
    @Test
    void theLoopGoesOn() throws Exception {
        Emulator.assumeNone("the JDK finds memory for a wait that should have none, and nobody ends that wait");
        // Without buffers for each thread the last bytes can be taken. The assertion at the entry of a run allocates.
        List<String> options = List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:-UseTLAB",
                "-da:io.stepoll.internal.reactor.LoopThread");
        String output = ChildJvm.runWell(options, FullHeapUnderWatchdog.class);
        assertTrue(output.contains(": java.lang.OutOfMemoryError"), output); // of which wait: the JDK's stacks differ
        assertTrue(output.contains("the loop went on"), output);
    }
}
