package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is allocated for a datagram; {@link DatagramAllocations} tells how that is measured. */
@Timeout(240)
class DatagramAllocationsTest {
    @ParameterizedTest
    @ValueSource(strings = {"udp", "unix"})
    void echoInBatches(String kind) throws Exception {
        // Both checks allocate: the one at each wait, the other at each step.
        List<String> options = List.of("-XX:-CheckJNICalls", "-da:io.stepoll...");
        assertEquals("nothing\n", ChildJvm.runWell(options, DatagramAllocations.class, kind));
    }
}
