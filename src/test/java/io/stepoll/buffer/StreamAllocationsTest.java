package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request and its answer by buffered streams allocate nothing; see {@link StreamAllocations}. */
@Timeout(240)
class StreamAllocationsTest {
    @ParameterizedTest
    @ValueSource(strings = {"TCP", "pipes", "large"}) // large goes by a Unix socket
    void exchanges(String kind) throws Exception {
        // The check of JNI calls allocates at each wait, the assertions of the loop at each step.
        List<String> options = List.of("-XX:-CheckJNICalls", "-da:io.stepoll...");
        assertEquals("nothing\n", ChildJvm.runWell(options, StreamAllocations.class, kind));
    }
}
