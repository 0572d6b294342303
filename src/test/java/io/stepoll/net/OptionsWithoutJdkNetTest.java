package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Without the modules jdk.net and jdk.unsupported only their own options and signals are missing. */
class OptionsWithoutJdkNetTest {
    @Test
    void theOtherOptionsAreThere() throws Exception {
        String output = ChildJvm.runWell(List.of("--limit-modules", "java.base"), OptionsWithoutJdkNet.class);
        assertEquals(List.of("SO_SNDBUF Integer", "SO_RCVBUF Integer", "SO_LINGER Integer",
                "SO_PEERCRED PeerCredentials", "signals need the module jdk.unsupported"), output.lines().toList());
    }
}
