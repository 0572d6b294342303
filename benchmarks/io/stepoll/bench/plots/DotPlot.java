package io.stepoll.bench.plots;

import java.awt.BasicStroke;
import java.awt.geom.Ellipse2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.labels.ItemLabelAnchor;
import org.jfree.chart.labels.ItemLabelPosition;
import org.jfree.chart.plot.CombinedRangeXYPlot;
import org.jfree.chart.plot.IntervalMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.XIntervalSeries;
import org.jfree.data.xy.XIntervalSeriesCollection;

/** Servers below each other; for each a dot at the median, and a line over the middle four fifths of the rounds. */
final class DotPlot {
    private static final int ROW = 30;
    private static final int AROUND = 155; // titles and axes
    private static final int WIDTH = 820;
    private static final double ROOM_FOR_LABELS = 0.18; // of an axis
    private static final double ROOM_BEFORE_ZERO = 0.07;

    private final List<String> servers;
    private final List<XYPlot> panels = new ArrayList<>();
    private final List<String> words = new ArrayList<>();

    DotPlot(List<String> servers) {
        this.servers = servers;
    }

    /** A server's figure. */
    record Dot(String server, double low, double median, double high) {}

    /**
     * Adds a panel, to the right of the others.
     *
     * @param noise how far two equal servers differ, as a share of the base's median; 0 if it is not known
     * @param base the server around whose median the noise is shown
     */
    DotPlot panel(String label, List<Dot> dots, double noise, String base) {
        XIntervalSeriesCollection data = new XIntervalSeriesCollection();
        XIntervalSeries others = new XIntervalSeries("others");
        XIntervalSeries own = new XIntervalSeries("stepoll");
        StringBuilder text = new StringBuilder(label + ":");
        double most = 0;
        double least = 0;
        for (Dot dot : dots) {
            (dot.server.startsWith("stepoll") ? own : others)
                    .add(dot.median, dot.low, dot.high, servers.indexOf(dot.server));
            most = Math.max(most, dot.high);
            least = Math.min(least, dot.low);
            text.append(String.format(Locale.ROOT, " %s %s (%s to %s);", dot.server, number(dot.median),
                    number(dot.low), number(dot.high)));
        }
        data.addSeries(others);
        data.addSeries(own);
        words.add(text.substring(0, text.length() - 1) + ".");
        NumberAxis values = new NumberAxis(label);
        values.setRange(least - most * (least < 0 ? ROOM_FOR_LABELS : ROOM_BEFORE_ZERO), most * (1 + ROOM_FOR_LABELS));
        XYPlot panel = new XYPlot(data, values, null, renderer());
        panel.setRangeGridlinesVisible(false);
        Figure.style(panel, values);
        if (noise > 0) {
            dots.stream().filter(dot -> dot.server.equals(base)).findFirst().ifPresent(dot ->
                    panel.addDomainMarker(new IntervalMarker(dot.median * (1 - noise), dot.median * (1 + noise),
                            Ink.NOISE.light), Layer.BACKGROUND));
        }
        panels.add(panel);
        return this;
    }

    private static XYErrorRenderer renderer() {
        XYErrorRenderer renderer = new XYErrorRenderer();
        renderer.setDrawYError(false);
        renderer.setCapLength(6);
        renderer.setErrorStroke(new BasicStroke(2));
        renderer.setDefaultItemLabelFont(Figure.FONT.deriveFont(11f));
        renderer.setDefaultItemLabelPaint(Ink.TEXT.light);
        renderer.setDefaultItemLabelsVisible(true);
        renderer.setDefaultItemLabelGenerator((data, series, item) -> number(data.getXValue(series, item)));
        renderer.setDefaultPositiveItemLabelPosition(
                new ItemLabelPosition(ItemLabelAnchor.OUTSIDE12, TextAnchor.BOTTOM_CENTER));
        for (int series = 0; series < 2; series++) {
            renderer.setSeriesPaint(series, (series == 0 ? Ink.GREY : Ink.BLUE).light);
            renderer.setSeriesShape(series, new Ellipse2D.Double(-4.5, -4.5, 9, 9));
            renderer.setSeriesShapesFilled(series, true);
        }
        return renderer;
    }

    /** {@return three digits that count} */
    static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }

    Figure figure(String name, String title, List<String> subtitles) {
        SymbolAxis names = new SymbolAxis(null, servers.toArray(String[]::new));
        names.setInverted(true);
        names.setGridBandsVisible(false);
        names.setRange(-0.95, servers.size() - 0.4);
        CombinedRangeXYPlot plot = new CombinedRangeXYPlot(names);
        plot.setGap(18);
        panels.forEach(plot::add);
        Figure.style(plot, names);
        return Figure.of(name, title, String.join(" ", words), subtitles, plot, false, WIDTH,
                AROUND + ROW * servers.size());
    }
}
