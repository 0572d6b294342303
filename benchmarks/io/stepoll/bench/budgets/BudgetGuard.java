package io.stepoll.bench.budgets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares JMH's results with benchmarks/budgets.txt. Fails the build if a benchmark exceeds its budget, if a benchmark
 * has no budget, or if a budget has no benchmark. Arguments: that file, JMH's file of results, and what to do:
 * <ul>
 * <li>{@code all}: judges bytes and times;
 * <li>{@code allocations}: judges only bytes, as a short run says little about time. Benchmarks without a budget of
 *     bytes may be missing;
 * <li>{@code write}: sets the ratios in the file to the measured ones, plus the slack that their noise needs. The bars
 *     beside a peer stay.
 * </ul>
 * The optional fourth argument says which benchmarks were selected. If it is not empty, others may be missing.
 */
public final class BudgetGuard {
    /** The least slack, as a fraction of the ratio: forks differ even where JMH's intervals are narrow. */
    private static final double LEAST_SLACK = 0.25;

    private final Map<String, JmhResult> results;
    private final List<String> complaints = new ArrayList<>();
    private int bytesHeld;
    private int timesHeld;

    private BudgetGuard(Map<String, JmhResult> results) {
        this.results = results;
    }

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        BudgetGuard guard = new BudgetGuard(JmhResult.read(Path.of(args[1])));
        List<String> lines = Files.readAllLines(file);
        boolean selected = args.length > 3 && !args[3].isBlank();
        switch (args[2]) {
            case "all" -> guard.judge(Budget.parseAll(lines), true, selected);
            case "allocations" -> guard.judge(Budget.parseAll(lines), false, selected);
            case "write" -> Files.write(file, guard.rewritten(lines));
            default -> throw new IllegalArgumentException("all, allocations or write, not " + args[2]);
        }
        guard.report();
    }

    private void judge(Map<String, Budget> budgets, boolean times, boolean selected) {
        for (String measured : results.keySet()) {
            if (!budgets.containsKey(measured)) {
                complaints.add(measured + " has no budget");
            }
        }
        for (Budget budget : budgets.values()) {
            JmhResult result = results.get(budget.benchmark());
            if (result == null) {
                if (!selected && (times || budget.judgesBytes())) {
                    complaints.add(budget.benchmark() + " has a budget, but was not measured");
                }
                continue;
            }
            judgeBytes(budget, result);
            if (times) {
                judgeTime(budget, result, selected);
            }
        }
    }

    private void judgeBytes(Budget budget, JmhResult result) {
        if (!budget.judgesBytes()) {
            return;
        }
        if (result.bytes() < budget.bytes() + budget.bytesTolerance()
                && result.bytesInAll() > budget.bytes() - budget.bytesTolerance()) {
            bytesHeld++;
        } else { // also if the bytes are NaN
            complain("%s: budget %.0f B/op, measured %.3f B/op", budget.benchmark(), budget.bytes(), result.bytes());
        }
    }

    private void judgeTime(Budget budget, JmhResult result, boolean selected) {
        if (!budget.judgesTime()) {
            return;
        }
        JmhResult reference = results.get(budget.reference());
        if (reference == null) {
            if (!selected) {
                complaints.add(budget.benchmark() + ": its reference " + budget.reference() + " was not measured");
            }
            return;
        }
        double ratio = result.nanos() / reference.nanos();
        if (ratio <= budget.ratio()) {
            timesHeld++;
        } else {
            complain("%s: budget %.2f x %s, measured %.2f x (%.1f ns ± %.1f to %.1f ns ± %.1f)", budget.benchmark(),
                    budget.ratio(), budget.reference(), ratio, result.nanos(), result.errorNanos(),
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
            JmhResult result = results.get(budget.benchmark());
            JmhResult reference = results.get(budget.reference());
            if (result == null || reference == null) {
                rewritten.add(line);
                complaints.add(budget.benchmark() + " is unchanged: the benchmark or its reference was not measured");
                continue;
            }
            double slack = Math.max(LEAST_SLACK, result.relativeError() + reference.relativeError());
            rewritten.add(budget.withRatio(result.nanos() / reference.nanos() * (1 + slack)).toString());
        }
        return rewritten;
    }

    private void report() {
        complaints.forEach(complaint -> System.err.println("BudgetGuard: " + complaint));
        if (!complaints.isEmpty()) {
            System.exit(1);
        }
        System.out.printf(Locale.ROOT, "BudgetGuard: %d budgets of bytes and %d of time hold, for %d benchmarks%n",
                bytesHeld, timesHeld, results.size());
    }
}
