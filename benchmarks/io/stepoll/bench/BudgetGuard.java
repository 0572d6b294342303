package io.stepoll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Holds what was measured against benchmarks/budgets.txt, and fails the build if a budget is broken, or lacks its
 * benchmark, or a benchmark its budget. Arguments: that file, JMH's file of results, and what to do:
 * <ul>
 * <li>{@code all}: judges bytes and times;
 * <li>{@code allocations}: bytes only, as a short run tells little of time; benchmarks without such a budget may lack;
 * <li>{@code write}: sets the ratios of the file to those measured, and the slack that their noise needs. What is to be
 *     reached next to a peer stays.
 * </ul>
 * A fourth one says which benchmarks were selected; if it is there and not empty, others may lack.
 */
public final class BudgetGuard {
    /** The smallest object, allocated each time, would be 16 bytes; this is one in 1600 times. */
    private static final double NOTHING = 0.01;

    /** Where something is allocated, by two threads: one such object in 32 times. */
    private static final double BYTES_TOLERANCE = 0.5;

    /** As a part of a ratio: what remains to be allowed for where JMH's intervals are narrow, as forks differ. */
    private static final double LEAST_SLACK = 0.25;

    private final Map<String, Measurement> measurements;
    private final List<String> complaints = new ArrayList<>();
    private int bytesHeld;
    private int timesHeld;

    private BudgetGuard(Map<String, Measurement> measurements) {
        this.measurements = measurements;
    }

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        BudgetGuard guard = new BudgetGuard(Measurement.read(Path.of(args[1])));
        List<String> lines = Files.readAllLines(file);
        boolean selected = args.length > 3 && !args[3].isBlank();
        switch (args[2]) {
            case "all" -> guard.judge(budgets(lines), true, selected);
            case "allocations" -> guard.judge(budgets(lines), false, selected);
            case "write" -> Files.write(file, guard.rewritten(lines));
            default -> throw new IllegalArgumentException("all, allocations or write, not " + args[2]);
        }
        guard.report();
    }

    private static Map<String, Budget> budgets(List<String> lines) {
        Map<String, Budget> budgets = new LinkedHashMap<>();
        for (String line : lines) {
            Budget budget = Budget.parse(line);
            if (budget != null && budgets.put(budget.benchmark(), budget) != null) {
                throw new IllegalArgumentException("two budgets for " + budget.benchmark());
            }
        }
        return budgets;
    }

    private void judge(Map<String, Budget> budgets, boolean times, boolean selected) {
        for (String measured : measurements.keySet()) {
            if (!budgets.containsKey(measured)) {
                complaints.add(measured + " has no budget");
            }
        }
        for (Budget budget : budgets.values()) {
            Measurement measurement = measurements.get(budget.benchmark());
            if (measurement == null) {
                if (!selected && (times || budget.judgesBytes())) {
                    complaints.add(budget.benchmark() + " has a budget, and was not measured");
                }
                continue;
            }
            judgeBytes(budget, measurement);
            if (times) {
                judgeTime(budget, measurement, selected);
            }
        }
    }

    private void judgeBytes(Budget budget, Measurement measurement) {
        if (!budget.judgesBytes()) {
            return;
        }
        double tolerance = budget.bytes() == 0 ? NOTHING : BYTES_TOLERANCE;
        if (Math.abs(measurement.bytes() - budget.bytes()) < tolerance) {
            bytesHeld++;
        } else { // NaN, too
            complain("%s: budget %.0f B/op, measured %.3f B/op",
                    budget.benchmark(), budget.bytes(), measurement.bytes());
        }
    }

    private void judgeTime(Budget budget, Measurement measurement, boolean selected) {
        if (!budget.judgesTime()) {
            return;
        }
        Measurement reference = measurements.get(budget.reference());
        if (reference == null) {
            if (!selected) {
                complaints.add(budget.benchmark() + ": its reference " + budget.reference() + " was not measured");
            }
            return;
        }
        double ratio = measurement.nanos() / reference.nanos();
        if (ratio <= budget.ratio()) {
            timesHeld++;
        } else {
            complain("%s: budget %.2f x %s, measured %.2f x (%.1f ns ± %.1f to %.1f ns ± %.1f)", budget.benchmark(),
                    budget.ratio(), budget.reference(), ratio, measurement.nanos(), measurement.errorNanos(),
                    reference.nanos(), reference.errorNanos());
        }
    }

    private void complain(String format, Object... values) {
        complaints.add(String.format(Locale.ROOT, format, values));
    }

    private List<String> rewritten(List<String> lines) {
        List<String> rewritten = new ArrayList<>();
        for (String line : lines) {
            Budget budget = Budget.parse(line);
            if (budget == null || !budget.judgesTime() || budget.isBar()) {
                rewritten.add(line);
                continue;
            }
            Measurement measurement = measurements.get(budget.benchmark());
            Measurement reference = measurements.get(budget.reference());
            if (measurement == null || reference == null) {
                rewritten.add(line);
                complaints.add(budget.benchmark() + " stays as it is: it, or its reference, was not measured");
                continue;
            }
            double slack = Math.max(LEAST_SLACK, measurement.relativeError() + reference.relativeError());
            rewritten.add(budget.withRatio(measurement.nanos() / reference.nanos() * (1 + slack)).toString());
        }
        return rewritten;
    }

    private void report() {
        complaints.forEach(complaint -> System.err.println("BudgetGuard: " + complaint));
        if (!complaints.isEmpty()) {
            System.exit(1);
        }
        System.out.printf(Locale.ROOT, "BudgetGuard: %d budgets of bytes and %d of time hold, for %d benchmarks%n",
                bytesHeld, timesHeld, measurements.size());
    }
}
