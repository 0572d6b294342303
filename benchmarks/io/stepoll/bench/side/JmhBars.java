package io.stepoll.bench.side;

import io.stepoll.bench.budgets.Budget;
import io.stepoll.bench.budgets.JmhResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The targets of single operations beside Netty: the bars of benchmarks/budgets.txt. The figures are those of the JMH
 * benchmarks in the same build, if they ran.
 */
final class JmhBars {
    private static final Path BUDGETS = Path.of("benchmarks", "budgets.txt");

    private JmhBars() {}

    static List<Bar> of(Path resultFile) throws IOException {
        List<Bar> bars = new ArrayList<>();
        if (!Files.exists(resultFile)) {
            return bars;
        }
        Map<String, JmhResult> results = JmhResult.read(resultFile);
        for (Budget budget : Budget.parseAll(Files.readAllLines(BUDGETS)).values()) {
            JmhResult ours = results.get(budget.benchmark());
            JmhResult netty = results.get(budget.reference());
            if (budget.isBar() && ours != null && netty != null) {
                add(bars, budget, ours, netty);
            }
        }
        return bars;
    }

    private static void add(List<Bar> bars, Budget budget, JmhResult ours, JmhResult netty) {
        bars.add(Bar.of("time of " + budget.benchmark() + " to " + budget.reference(), "ratio", budget.ratio(),
                Spread.ofRatios(ours.iterationNanos(), netty.iterationNanos()), 0));
        if (budget.judgesBytes() && !Double.isNaN(ours.bytes())) {
            bars.add(Bar.of("bytes allocated by " + budget.benchmark(), "bytes",
                    budget.bytes() + budget.bytesTolerance(), Spread.of(ours.bytes()), 0));
        }
    }
}
