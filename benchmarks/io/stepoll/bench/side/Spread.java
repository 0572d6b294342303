package io.stepoll.bench.side;

import java.util.Arrays;

/** The median of some values, their lowest and highest decile, and their ends. */
record Spread(double median, double low, double high, double min, double max, int count) {
    private static final double LOW = 0.1;
    private static final double HIGH = 0.9;

    static Spread of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(quantile(sorted, 0.5), quantile(sorted, LOW), quantile(sorted, HIGH), sorted[0],
                sorted[sorted.length - 1], sorted.length);
    }

    /** {@return the spread of the ratios of two rows of values, pair by pair} */
    static Spread ofRatios(double[] values, double[] bases) {
        double[] ratios = new double[Math.min(values.length, bases.length)];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = values[i] / bases[i];
        }
        return of(ratios);
    }

    private static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** {@return the largest distance of the middle four fifths of the values from another value} */
    double farthestFrom(double value) {
        return Math.max(Math.abs(low - value), Math.abs(high - value));
    }
}
