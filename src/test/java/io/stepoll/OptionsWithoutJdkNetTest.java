package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The modules jdk.net and jdk.unsupported are wanted by nobody who does not use their options, or signals. */
class OptionsWithoutJdkNetTest {
    @Test
    void theOthersAreThere() throws Exception {
        String output = ChildJvm.runWell(List.of("--limit-modules", "java.base"), OptionsWithoutJdkNet.class);
        assertEquals(List.of("SO_SNDBUF Integer", "SO_RCVBUF Integer", "SO_LINGER Integer",
                "SO_PEERCRED PeerCredentials", "signals need the module jdk.unsupported"), output.lines().toList());
    }
}
