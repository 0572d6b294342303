package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A JVM that cannot make tasks says why, and runs callbacks all the same. */
@Timeout(120)
class WithoutContinuationsTest {
    @Test
    void theRefusalNamesWhatIsMissingAndCallbacksWork() throws Exception {
        List<String> printed = ChildJvm.runWell(List.of("-XX:+UnlockExperimentalVMOptions",
                "-XX:-VMContinuations"), WithoutContinuations.class).lines().toList();
        List<String> refusals = printed.stream().filter(line -> line.startsWith("refused: ")).toList();
        assertEquals(2, refusals.size(), printed::toString);
        for (String refusal : refusals) {
            assertTrue(refusal.contains("has no continuations (-XX:-VMContinuations"), refusal);
        }
        assertEquals(List.of("failure: thrown", "handler", "queued", "scheduled", "submitted", "timer"),
                printed.stream().filter(line -> !line.startsWith("refused")).sorted().toList());
    }
}
