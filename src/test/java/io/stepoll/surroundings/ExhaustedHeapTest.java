package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No memory is left in the heap. */
@Timeout(240)
class ExhaustedHeapTest {
    /** An OutOfMemoryError is a failure like any other, and what the loop has to run is run once. */
    @Test
    void exhausted() throws Exception {
        // Without buffers for each thread the last bytes can be taken. The assertion at the entry of a run allocates.
        List<String> options = List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:-UseTLAB",
                "-da:io.stepoll.internal.reactor.LoopThread");
        String output = ChildJvm.runWell(options, FullHeap.class);
        assertTrue(output.contains("went on without memory"), output);
    }
}
