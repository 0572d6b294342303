package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop's own thread takes no lock: {@link EveryMonitorHeld} shows it. */
@Timeout(300)
class LoopThreadLocksTest {
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLoopGetsOnWhileATaskHoldsEveryMonitor(boolean sleeps) throws Exception {
        List<String> options = List.of("--add-opens=java.base/java.lang=ALL-UNNAMED");
        assertEquals("all got on", ChildJvm.runWell(options, EveryMonitorHeld.class, String.valueOf(sleeps)).strip());
    }
}
