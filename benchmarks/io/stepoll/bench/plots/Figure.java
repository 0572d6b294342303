package io.stepoll.bench.plots;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.util.List;
import org.jfree.chart.ChartRenderingInfo;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.HorizontalAlignment;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.svg.SVGGraphics2D;

/**
 * A plot as an SVG file. Its text stays text, it has a title and a description for those who do not see it, and it
 * follows the reader's light or dark scheme.
 *
 * @param name of the file, without its end
 * @param title what is shown
 * @param description the figures in words
 * @param svg the file
 */
record Figure(String name, String title, String description, String svg) {
    static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    private static final Font HEADING = new Font(Font.SANS_SERIF, Font.BOLD, 16);
    private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
    private static final String FAMILIES = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";
    private static final double LEFT = 16;

    /**
     * Draws a chart.
     *
     * @param subtitles lines below the title
     * @param legend whether the chart has a legend of the series
     */
    static Figure of(String name, String title, String description, List<String> subtitles, Plot plot, boolean legend,
            int width, int height) {
        JFreeChart chart = new JFreeChart(null, null, plot, false);
        chart.setBackgroundPaint(Ink.PAPER.light);
        chart.setPadding(new RectangleInsets(8, 4, 8, 12));
        chart.addSubtitle(line(title, HEADING, Ink.TEXT));
        subtitles.forEach(text -> chart.addSubtitle(line(text, SMALL, Ink.QUIET)));
        if (legend) {
            LegendTitle names = new LegendTitle(plot);
            names.setPosition(RectangleEdge.BOTTOM);
            names.setItemFont(FONT);
            names.setItemPaint(Ink.TEXT.light);
            names.setBackgroundPaint(Ink.PAPER.light);
            chart.addSubtitle(names);
        }
        SVGGraphics2D graphics = new SVGGraphics2D(width, height);
        graphics.setDefsKeyPrefix(name + "-");
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height), new ChartRenderingInfo());
        return new Figure(name, title, description, accessible(graphics.getSVGElement(), name, title, description,
                width, height));
    }

    private static TextTitle line(String text, Font font, Ink ink) {
        TextTitle line = new TextTitle(text, font);
        line.setPaint(ink.light);
        line.setHorizontalAlignment(HorizontalAlignment.LEFT);
        line.setMargin(2, LEFT, 1, 0);
        return line;
    }

    private static String accessible(String drawn, String name, String title, String description, int width,
            int height) {
        int begin = drawn.indexOf('>') + 1;
        StringBuilder dark = new StringBuilder();
        for (Ink ink : Ink.values()) {
            dark.append(ink.darkRules());
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height + "\" width=\"" + width
                + "\" height=\"" + height + "\" role=\"img\" aria-labelledby=\"" + name + "-title " + name
                + "-desc\">\n"
                + "<title id=\"" + name + "-title\">" + escape(title) + "</title>\n"
                + "<desc id=\"" + name + "-desc\">" + escape(description) + "</desc>\n"
                + "<style>text{font-family:" + FAMILIES + "!important}\n"
                + "@media (prefers-color-scheme:dark){\n" + dark + "}</style>\n"
                + drawn.substring(begin).replace("fill: rgb(", "fill:rgb(")
                        .replace(" clip-path='url(#" + name + "-clip-0)'", "") // of the whole figure
                        .replaceAll("(\\d+\\.\\d{2})\\d+", "$1").replaceAll("\\.0(?=[';,p ])", "")
                        .replaceAll("><(?=[a-z])", ">\n<").strip() + "\n";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    /** Gives a plot and its axes the colours and fonts of all figures. */
    static void style(XYPlot plot, ValueAxis... axes) {
        plot.setBackgroundPaint(null);
        plot.setOutlineVisible(false);
        plot.setDomainGridlinePaint(Ink.GRID.light);
        plot.setRangeGridlinePaint(Ink.GRID.light);
        plot.setDomainGridlineStroke(new BasicStroke(1));
        plot.setRangeGridlineStroke(new BasicStroke(1));
        for (ValueAxis axis : axes) {
            axis.setLabelFont(FONT);
            axis.setLabelPaint(Ink.TEXT.light);
            axis.setTickLabelFont(FONT);
            axis.setTickLabelPaint(Ink.TEXT.light);
            axis.setAxisLinePaint(Ink.QUIET.light);
            axis.setTickMarkPaint(Ink.QUIET.light);
        }
    }
}
