package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.FaultBuild;
import io.stepoll.support.ScriptedClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clocks that jump: the wall clock by a year, and the monotonic clock after a process or its machine was stopped. */
@Timeout(240)
class ClocksTest {
    @Test
    void jumps() throws Exception {
        String output = ChildJvm.runWell(List.of(FaultBuild.option()),
                child -> Surroundings.preload(child.environment()), Jumps.class);
        assertTrue(output.contains("kept the time"), output);
    }

    /** A virtual machine that was paused for hours: what is due runs in one step, and no tick is made up for. */
    @Test
    void hours() throws Exception {
        ScriptedClock clock = new ScriptedClock();
        try (EventLoop loop = new LoopBuilder().clock(clock).open()) {
            List<Integer> ran = new ArrayList<>();
            int[] ticks = new int[1];
            for (int i = 0; i < 3; i++) {
                int number = i;
                loop.callLater(Duration.ofSeconds(3 - i), () -> ran.add(number));
            }
            PeriodicTimer periodic = loop.callAtFixedRate(Duration.ofMillis(1), Duration.ofMillis(1), () -> ticks[0]++);
            Duration paused = Duration.ofHours(9);
            clock.advance(paused.toNanos());
            loop.step(false);
            assertEquals(List.of(2, 1, 0), ran);
            assertEquals(1, ticks[0]);
            assertEquals(paused.toMillis() - 1, periodic.missedInAll());
            loop.step(false);
            assertEquals(1, ticks[0]);
        }
    }
}
