package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Without the module jdk.net only its own options are missing. */
class OptionsWithoutJdkNetTest {
    @Test
    void theOtherOptionsAreThere() throws Exception {
        String output = ChildJvm.runWell(List.of("--limit-modules", "java.base"), OptionsWithoutJdkNet.class);
        assertEquals(List.of("SO_SNDBUF Integer", "SO_RCVBUF Integer", "SO_LINGER Integer",
                "SO_PEERCRED PeerCredentials", "SO_PASSRIGHTS Boolean"), output.lines().toList());
    }
}
