package io.stepoll.shutdown;

import java.time.Duration;
import java.util.List;

/**
 * The report of a {@link Shutdown}.
 *
 * @param steps the three steps, in their order
 * @since 0.1.0
 */
public record ShutdownReport(List<Step> steps) {
    /**
     * One step.
     *
     * @param name of the step
     * @param took how long it took, by the clock of the loop
     * @param left what had not ended when the step's time was over; empty if everything had
     * @since 0.1.0
     */
    public record Step(String name, Duration took, List<Unfinished> left) {}

    /**
     * A task, or something else, that had not ended.
     *
     * @param loop the name of its loop
     * @param what the task's thread, or what else had not ended
     * @param where the innermost frame that is neither the JDK's nor this library's, and what the task waits for
     * @param age how long ago the task began, by the clock of its loop. Its current wait is no longer than that; waits
     *     do not read the clock when they begin. Zero for what is no task.
     * @param stack the whole stack, the innermost frame first
     * @since 0.1.0
     */
    public record Unfinished(String loop, String what, String where, Duration age, List<StackTraceElement> stack) {
        @Override
        public String toString() {
            return what + " on " + loop + ", begun " + age.toMillis() + " ms ago, " + where;
        }
    }

    /** {@return whether everything has ended, by itself or by the abort} */
    public boolean hasEnded() {
        return steps.getLast().left.isEmpty();
    }

    /** {@return whether everything has ended by itself, and nothing was aborted or cut off} */
    public boolean isClean() {
        return steps.stream().allMatch(step -> step.left.isEmpty());
    }

    /** {@return the steps, one on a line, with what had not ended} */
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
