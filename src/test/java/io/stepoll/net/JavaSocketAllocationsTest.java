package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A read that waits and a write of a task allocate nothing; {@link JavaSocketAllocations} says how that is measured.
 */
@Timeout(240)
class JavaSocketAllocationsTest {
    @Test
    void echo() throws Exception {
        // The check of JNI calls allocates at each wait, the assertions of the loop at each step.
        List<String> options = List.of("-XX:-CheckJNICalls", "-da:io.stepoll...");
        assertEquals("nothing\n", ChildJvm.runWell(options, JavaSocketAllocations.class));
    }
}
