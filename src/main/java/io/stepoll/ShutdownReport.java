package io.stepoll;

import java.time.Duration;
import java.util.List;

/**
 * What a {@link Shutdown} came to.
 *
 * @param steps its three steps, in their order
 */
public record ShutdownReport(List<Step> steps) {
    /**
     * One step.
     *
     * @param name what it was to do
     * @param took how long it took, by the clock of the loop
     * @param left what had not ended when its time was over; empty if it was done in time
     */
    public record Step(String name, Duration took, List<Unfinished> left) {}

    /**
     * What had not ended.
     *
     * @param loop the name of its loop
     * @param what the task's thread, or what else it is
     * @param where it is: the innermost frame that is neither the JDK's nor this library's, and what it waits for
     * @param age how long ago the task began, by the clock of its loop. That is since when at the most it is there:
     *     no wait reads the clock when it begins. 0 for what is no task.
     * @param stack the whole of it, the innermost frame first
     */
    public record Unfinished(String loop, String what, String where, Duration age, List<StackTraceElement> stack) {
        @Override
        public String toString() {
            return what + " on " + loop + ", begun " + age.toMillis() + " ms ago, " + where;
        }
    }

    /** {@return whether everything has ended, if only because it was aborted} */
    public boolean hasEnded() {
        return steps.getLast().left.isEmpty();
    }

    /** {@return whether everything has ended by itself, and nothing was aborted or cut off} */
    public boolean isClean() {
        return steps.stream().allMatch(step -> step.left.isEmpty());
    }

    /** {@return the steps, a line each, and what had not ended} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("shutdown");
        for (Step step : steps) {
            text.append("\n  ").append(step.name).append(": ").append(step.took.toMillis()).append(" ms");
            for (Unfinished one : step.left) {
                text.append("\n    not ended: ").append(one);
            }
        }
        return text.toString();
    }
}
