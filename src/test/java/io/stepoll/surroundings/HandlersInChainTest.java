package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import io.stepoll.support.FaultBuild;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handlers of other libraries over the loop's, which call the loop's. */
@Timeout(240)
class HandlersInChainTest {
    /** Each signal reaches each handler once, in the order in which they were put over each other. */
    @Test
    void eachHandlerIsCalledOnce() throws Exception {
        List<String> options = List.of(FaultBuild.option());
        assertEquals(List.of("one over the loop's: 1 1 0", "two: 2 2 1", "taken: 2 2 1", "given back: 3 3 2",
                "a circle: 4 4 3", "ignored by default: 4 5 3", "again: 4 6 3"),
                ChildJvm.runWell(options, HandlersInChain.class).lines().toList());
    }

    /** Each signal is either told of on a loop, or has the effect that it had before, and not both. */
    @Test
    void noSignalIsLostAtTheEndOfItsRegistration() throws Exception {
        List<String> options = List.of(FaultBuild.option());
        assertEquals(List.of("before: 1", "told", "told: 1", "second", "closed beside another: 1", "closed in time: 2",
                "watched: 3", "taken: 3", "loop closed: 4", "at each moment"),
                ChildJvm.runWell(options, OwedSignals.class).lines().toList());
    }
}
