package io.stepoll.examples.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.stepoll.support.Looks;
import io.stepoll.watchdog.Stall;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which steps the page shows. */
class SlowStepsTest {
    private final SlowSteps steps = new SlowSteps(Duration.ofMillis(50));

    private static Stall stall(String culprit) {
        return new Stall("web", culprit, Duration.ofMillis(50), false, Thread.currentThread(), null,
                List.of(Thread.currentThread().getStackTrace()), null, null);
    }

    private static JsonObject first(JsonArray shown) {
        return shown.get(0).getAsJsonObject();
    }

    /** When it is found, a step is as short as any. It is known at its end how long it was. */
    @Test
    void aStepThatBecomesTheSlowestIsShown() {
        for (int i = 1; i <= 20; i++) {
            Stall stall = stall("step " + i);
            steps.stalled(stall);
            steps.ended(stall, Duration.ofMillis(100 + i));
        }
        JsonArray shown = steps.toJson();
        assertEquals(10, shown.size());
        assertEquals(120, first(shown).get("millis").getAsInt());
        Stall slow = stall("slow");
        steps.stalled(slow);
        assertTrue(steps.toJson().toString().contains("\"slow\""), () -> steps.toJson().toString());
        steps.ended(slow, Duration.ofSeconds(5));
        shown = steps.toJson();
        assertEquals(10, shown.size());
        assertEquals("slow", first(shown).get("culprit").getAsString());
        assertEquals(5000, first(shown).get("millis").getAsInt());
        assertTrue(first(shown).get("over").getAsBoolean());
    }

    /** A watchdog that finds each step of 50 ms finds some that end before. */
    @Test
    void aShorterStepIsNotShown() {
        assertEquals(Duration.ofMillis(25), steps.threshold());
        Stall stall = stall("short");
        steps.stalled(stall);
        steps.ended(stall, Duration.ofMillis(49));
        assertEquals(0, steps.toJson().size());
        assertFalse(steps.goesOn());
    }

    /** A loop that is held for minutes shows that, and not how long it was when the watchdog found it. */
    @Test
    void aStepThatGoesOnBecomesLonger() throws Exception {
        Stall stall = stall("holds");
        steps.stalled(stall);
        assertTrue(steps.goesOn());
        int before = first(steps.toJson()).get("millis").getAsInt();
        assertFalse(first(steps.toJson()).get("over").getAsBoolean());
        Looks.until(() -> first(steps.toJson()).get("millis").getAsInt() > before);
        steps.ended(stall, Duration.ofMillis(70));
        assertFalse(steps.goesOn());
        assertEquals(70, first(steps.toJson()).get("millis").getAsInt());
    }
}
