package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The loop's own thread loads no class of the library in a step: {@link ClassesOfTheLoopThread} says how it is seen.
 */
@Timeout(120)
class LoopThreadClassesTest {
    @Test
    void noClassOfTheLibraryIsLoadedInAStep() throws Exception {
        assertEquals("none", ChildJvm.runWell(List.of(), ClassesOfTheLoopThread.class).strip());
    }
}
