package io.stepoll.examples.dashboard;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.stepoll.watchdog.Stall;
import io.stepoll.watchdog.StallHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The slowest steps that a watchdog has found, with the stacks of what held them. The watchdog's thread writes. */
final class SlowSteps implements StallHandler {
    private static final int MOST = 10;
    private static final Comparator<Step> SLOWEST_FIRST =
            Comparator.comparingLong((Step step) -> step.millis).reversed();

    private final List<Step> steps = new ArrayList<>();
    private long version;

    /** One step. The time of its begin is estimated from when it was found. */
    private record Step(Stall stall, long beginMillis, long millis, boolean isOver) {}

    @Override
    public synchronized void stalled(Stall stall) {
        long millis = stall.held().toMillis();
        add(new Step(stall, System.currentTimeMillis() - millis, millis, false));
    }

    @Override
    public synchronized void ended(Stall stall, Duration length) {
        for (Step step : List.copyOf(steps)) {
            if (step.stall == stall) {
                steps.remove(step);
                add(new Step(stall, step.beginMillis, length.toMillis(), true));
            }
        }
    }

    private void add(Step step) {
        steps.add(step);
        steps.sort(SLOWEST_FIRST);
        if (steps.size() > MOST) {
            steps.removeLast();
        }
        version++;
    }

    /** {@return a number that grows with each change} */
    synchronized long version() {
        return version;
    }

    /** {@return the steps, the slowest first} */
    synchronized JsonArray toJson() {
        JsonArray all = new JsonArray();
        for (Step step : steps) {
            JsonObject one = new JsonObject();
            one.addProperty("loop", step.stall.loop());
            one.addProperty("at", step.beginMillis);
            one.addProperty("millis", step.millis);
            one.addProperty("over", step.isOver);
            one.addProperty("culprit", step.stall.culprit());
            JsonArray stack = new JsonArray();
            step.stall.stack().forEach(frame -> stack.add(frame.toString()));
            one.add("stack", stack);
            all.add(one);
        }
        return all;
    }
}
