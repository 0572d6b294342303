package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChildJvm;
import io.stepoll.support.FaultBuild;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The system refuses new threads, as at the limit of a user or of a control group. */
@Timeout(240)
class RefusedThreadsTest {
    /** A refused thread is an OutOfMemoryError of the call that needs it. Nothing breaks for good. */
    @Test
    void refused() throws Exception {
        String output = ChildJvm.runWell(List.of(FaultBuild.option()),
                builder -> Surroundings.preload(builder.environment()), WithoutThreads.class);
        assertTrue(output.contains("went on without threads"), output);
    }
}
