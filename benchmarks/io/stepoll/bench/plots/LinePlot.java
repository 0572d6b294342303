package io.stepoll.bench.plots;

import java.awt.BasicStroke;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** A line for each server. Lines differ in their colours and, for those who do not see these, in their dashes. */
final class LinePlot {
    private static final int WIDTH = 820;
    private static final int HEIGHT = 460;
    private static final Ink[] INKS = {Ink.GREY, Ink.BLUE, Ink.ORANGE, Ink.GREEN, Ink.PURPLE, Ink.PINK, Ink.OLIVE,
        Ink.TEAL};
    private static final float[][] DASHES = {null, null, {7, 3}, {2, 3}, {9, 3, 2, 3}, {12, 4}, {4, 2}, {1, 4}};

    private final XYSeriesCollection data = new XYSeriesCollection();
    private final XYLineAndShapeRenderer renderer;
    private final List<String> words = new ArrayList<>();
    private final ValueAxis x;
    private final ValueAxis y;

    /** @param shapes whether each point is shown */
    LinePlot(ValueAxis x, ValueAxis y, boolean shapes) {
        this.x = x;
        this.y = y;
        renderer = new XYLineAndShapeRenderer(true, shapes);
    }

    /** {@return an axis of logarithms to a base, whose ticks have the given names} */
    static ValueAxis logarithmic(String label, double base, DoubleFunction<String> names) {
        LogAxis axis = new LogAxis(label);
        axis.setBase(base);
        axis.setTickUnit(new NumberTickUnit(1)); // of the exponent
        axis.setMinorTickMarksVisible(false);
        axis.setNumberFormatOverride(new NumberFormat() {
            @Override
            public StringBuffer format(double value, StringBuffer to, FieldPosition position) {
                return to.append(names.apply(value));
            }

            @Override
            public StringBuffer format(long value, StringBuffer to, FieldPosition position) {
                return format((double) value, to, position);
            }

            @Override
            public Number parse(String text, ParsePosition position) {
                throw new UnsupportedOperationException("a figure is not read");
            }
        });
        return axis;
    }

    static ValueAxis linear(String label) {
        NumberAxis axis = new NumberAxis(label);
        axis.setAutoRangeIncludesZero(true);
        axis.setNumberFormatOverride(NumberFormat.getInstance(Locale.ROOT));
        return axis;
    }

    /** Adds a server's points, each with its x and its y, and what is to be told of them in words. */
    LinePlot line(String server, List<double[]> points, String inWords) {
        XYSeries line = new XYSeries(server, false);
        points.forEach(point -> line.add(point[0], point[1]));
        int index = data.getSeriesCount();
        data.addSeries(line);
        renderer.setSeriesPaint(index, INKS[index % INKS.length].light);
        renderer.setSeriesStroke(index, new BasicStroke(server.startsWith("stepoll") ? 3 : 1.8f, BasicStroke.CAP_BUTT,
                BasicStroke.JOIN_ROUND, 1, DASHES[index % DASHES.length], 0));
        words.add(server + ": " + inWords + ".");
        return this;
    }

    Figure figure(String name, String title, List<String> subtitles) {
        renderer.setDrawSeriesLineAsPath(true);
        XYPlot plot = new XYPlot(data, x, y, renderer);
        Figure.style(plot, x, y);
        return Figure.of(name, title, String.join(" ", words), subtitles, plot, true, WIDTH, HEIGHT);
    }
}
