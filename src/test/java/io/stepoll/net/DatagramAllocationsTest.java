package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Echoing a datagram allocates nothing; {@link DatagramAllocations} says how that is measured. */
@Timeout(240)
class DatagramAllocationsTest {
    @ParameterizedTest
    @ValueSource(strings = {"udp", "unix"})
    void echoInBatches(String kind) throws Exception {
        // The check of JNI calls allocates at each wait, the assertions of the loop at each step.
        List<String> options = List.of("-XX:-CheckJNICalls", "-da:io.stepoll...");
        assertEquals("nothing\n", ChildJvm.runWell(options, DatagramAllocations.class, kind));
    }
}
