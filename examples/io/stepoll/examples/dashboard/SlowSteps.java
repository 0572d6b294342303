package io.stepoll.examples.dashboard;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.stepoll.watchdog.Stall;
import io.stepoll.watchdog.StallHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The slowest steps that a watchdog has found, with the stacks of what held them, and all that go on. The watchdog's
 * thread writes.
 */
final class SlowSteps implements StallHandler {
    private static final int MOST = 10;
    private static final long GOES_ON = -1;

    private final long leastMillis;
    private final List<Step> steps = new ArrayList<>();
    private long version;

    /** @param least how long a step is that is shown */
    SlowSteps(Duration least) {
        leastMillis = least.toMillis();
    }

    /** {@return with which threshold a watchdog finds all such steps} It may report a step after two looks. */
    Duration threshold() {
        return Duration.ofMillis(Math.max(1, leastMillis / 2));
    }

    /** One step. Its begin is estimated from when it was found. Its length is {@link #GOES_ON} until it ends. */
    private record Step(Stall stall, long beginMillis, long lengthMillis) {
        boolean goesOn() {
            return lengthMillis == GOES_ON;
        }

        long millis() {
            return goesOn() ? System.currentTimeMillis() - beginMillis : lengthMillis;
        }
    }

    @Override
    public synchronized void stalled(Stall stall) {
        steps.add(new Step(stall, System.currentTimeMillis() - stall.held().toMillis(), GOES_ON));
        version++;
    }

    @Override
    public synchronized void ended(Stall stall, Duration length) {
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).stall == stall) {
                steps.set(i, new Step(stall, steps.get(i).beginMillis, length.toMillis()));
            }
        }
        steps.removeIf(step -> !step.goesOn() && step.lengthMillis < leastMillis);
        steps.stream().filter(step -> !step.goesOn()).sorted(Comparator.comparingLong(Step::millis).reversed())
                .skip(MOST).toList().forEach(steps::remove);
        version++;
    }

    /** {@return a number that grows with each change} */
    synchronized long version() {
        return version;
    }

    /** {@return whether a step goes on, and becomes longer all the time} */
    synchronized boolean goesOn() {
        return steps.stream().anyMatch(Step::goesOn);
    }

    /** {@return the steps, the slowest first} */
    synchronized JsonArray toJson() {
        JsonArray all = new JsonArray();
        for (Step step : steps.stream().filter(step -> step.millis() >= leastMillis)
                .sorted(Comparator.comparingLong(Step::millis).reversed()).toList()) {
            JsonObject one = new JsonObject();
            one.addProperty("loop", step.stall.loop());
            one.addProperty("at", step.beginMillis);
            one.addProperty("millis", step.millis());
            one.addProperty("over", !step.goesOn());
            one.addProperty("culprit", step.stall.culprit());
            JsonArray stack = new JsonArray();
            step.stall.stack().forEach(frame -> stack.add(frame.toString()));
            one.add("stack", stack);
            all.add(one);
        }
        return all;
    }
}
