package io.stepoll.bench.plots;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.stepoll.bench.plots.DotPlot.Dot;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/** Draws what a session has measured: its side-by-side.json. What it has not measured has no figure. */
public final class Plots {
    private static final String BASE = "C epoll";
    private static final String TWIN = "C epoll, again";
    private static final double MICRO = 1000;
    private static final int MOST_PANELS = 3;
    private static final double[] TOLD_PERCENTILES = {50, 99, 99.9};

    private final JsonObject session;
    private final List<Figure> figures = new ArrayList<>();

    private Plots(JsonObject session) {
        this.session = session;
    }

    /**
     * {@return why nothing can be drawn here; null if it can} Drawing measures texts, and a JDK without fonts fails
     * there in ways that say nothing.
     */
    public static String missing() {
        System.setProperty("java.awt.headless", "true");
        try {
            Figure.FONT.getStringBounds("a", new FontRenderContext(null, true, true));
            return null;
        } catch (InternalError | LinkageError | RuntimeException e) {
            return "fonts; on Debian: apt-get install fontconfig fonts-dejavu-core (" + e + ")";
        }
    }

    /** Draws the session of a file into a folder: {@code Plots target/bench/side-by-side.json docs/img [name…]}. */
    public static void main(String[] arguments) throws IOException {
        Set<String> names = Set.copyOf(Arrays.asList(arguments).subList(2, arguments.length));
        try (Reader file = Files.newBufferedReader(Path.of(arguments[0]))) {
            write(JsonParser.parseReader(file).getAsJsonObject(), Path.of(arguments[1]),
                    name -> names.isEmpty() || names.contains(name));
        }
    }

    /**
     * Writes the figures of a session.
     *
     * @param session the session, as the report writes it
     * @param folder of the files
     * @return the text of each file, one after the other, for a page that shows them all
     * @throws IOException if a file cannot be written
     */
    public static List<String> write(JsonObject session, Path folder) throws IOException {
        return write(session, folder, name -> true);
    }

    private static List<String> write(JsonObject session, Path folder, Predicate<String> isWanted) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Plots plots = new Plots(session);
        plots.cpu();
        plots.scaling();
        plots.latencies();
        plots.starts();
        plots.memory();
        Files.createDirectories(folder);
        List<String> drawn = new ArrayList<>();
        for (Figure figure : plots.figures) {
            if (isWanted.test(figure.name())) {
                Files.writeString(folder.resolve(figure.name() + ".svg"), figure.svg());
                drawn.add(figure.svg());
            }
        }
        return drawn;
    }

    /** One figure for each transport, with a panel for each scenario. */
    private void cpu() {
        for (String transport : List.of("tcp", "unix", "udp")) {
            List<JsonObject> all = series(each -> text(each, "transport").equals(transport)
                    && !scenario(each).startsWith("conns") && !scenario(each).startsWith("http"));
            for (int from = 0; from < all.size(); from += MOST_PANELS) {
                List<JsonObject> panels = all.subList(from, Math.min(all.size(), from + MOST_PANELS));
                DotPlot plot = new DotPlot(servers(panels));
                List<String> titles = new ArrayList<>();
                for (JsonObject each : panels) {
                    plot.panel(scenario(each) + ", µs", dots(each), each.get("noise").getAsDouble(), BASE);
                    titles.add(scenario(each) + ": " + text(each.getAsJsonObject("scenario"), "title"));
                }
                figures.add(plot.figure("cpu-" + transport + (from == 0 ? "" : "-" + from / MOST_PANELS),
                        "CPU per message by server, " + title(transport) + ": less is better",
                        captions("Dots: medians; lines: the middle four fifths of " + rounds(panels)
                                + "; shaded: the noise",
                                    String.join("; ", titles) + ".")));
            }
        }
    }

    private List<Dot> dots(JsonObject series) {
        List<Dot> dots = new ArrayList<>();
        for (JsonObject server : objects(series.getAsJsonArray("servers"))) {
            JsonObject cpu = server.getAsJsonObject("cpuNanosPerMessage");
            if (!text(server, "server").equals(TWIN)) {
                dots.add(new Dot(text(server, "server"), cpu.get("low").getAsDouble() / MICRO,
                        cpu.get("median").getAsDouble() / MICRO, cpu.get("high").getAsDouble() / MICRO));
            }
        }
        return dots;
    }

    private void scaling() {
        List<JsonObject> all = series(each -> scenario(each).startsWith("conns"));
        if (all.isEmpty()) {
            return;
        }
        LinePlot plot = new LinePlot(
                LinePlot.logarithmic("connections", 2, value -> Long.toString(Math.round(value))),
                LinePlot.linear("µs of CPU per message"), true);
        for (String server : servers(all)) {
            List<double[]> points = new ArrayList<>();
            StringBuilder words = new StringBuilder();
            for (JsonObject each : all) {
                double connections = each.getAsJsonObject("scenario").get("connections").getAsDouble();
                double micros = median(of(each, server), "cpuNanosPerMessage") / MICRO;
                points.add(new double[] {connections, micros});
                words.append(words.isEmpty() ? "" : ", ").append(
                        String.format(Locale.ROOT, "%.2f µs with %.0f", micros, connections));
            }
            plot.line(server, points, words.toString());
        }
        double noise = all.stream().mapToDouble(each -> each.get("noise").getAsDouble()).max().orElseThrow();
        figures.add(plot.figure("scaling", "CPU per message over the number of connections, TCP: less is better",
                captions("Medians of " + rounds(all) + "; " + noise(noise))));
    }

    private void latencies() {
        for (JsonObject each : series(each -> !scenario(each).startsWith("conns"))) {
            LinePlot plot = new LinePlot(
                    LinePlot.logarithmic("percentile", 10, value -> String.format(Locale.ROOT, "%s %%",
                            trimmed(100 - 100 / value))),
                    LinePlot.logarithmic("latency, µs", 10, value -> trimmed(value)), false);
            for (String server : servers(List.of(each))) {
                List<double[]> points = new ArrayList<>();
                for (JsonElement element : of(each, server).getAsJsonArray("percentiles")) {
                    double percentile = element.getAsJsonArray().get(0).getAsDouble();
                    double micros = element.getAsJsonArray().get(1).getAsDouble() / MICRO;
                    if (percentile < 100 && micros > 0) {
                        points.add(new double[] {100 / (100 - percentile), micros});
                    }
                }
                plot.line(server, points, percentilesInWords(points));
            }
            JsonObject scenario = each.getAsJsonObject("scenario");
            String transport = text(each, "transport");
            figures.add(plot.figure("latency-" + scenario(each) + "-" + transport,
                    "Latency by server, " + title(transport) + ": " + text(scenario, "title"),
                    captions("All messages of " + rounds(List.of(each)) + "; "
                            + noise(each.get("noise").getAsDouble()))));
        }
    }

    private static String title(String transport) {
        return transport.equals("unix") ? "Unix sockets" : transport.toUpperCase(Locale.ROOT);
    }

    private static String percentilesInWords(List<double[]> points) {
        StringBuilder words = new StringBuilder();
        for (double percentile : TOLD_PERCENTILES) {
            points.stream().filter(point -> point[0] >= 100 / (100 - percentile) * (1 - 1e-9)).findFirst().ifPresent(
                    point -> words.append(words.isEmpty() ? "" : ", ").append(trimmed(percentile))
                            .append(" % within ").append(DotPlot.number(point[1])).append(" µs"));
        }
        return words.toString();
    }

    private void starts() {
        for (JsonObject each : objects(session.getAsJsonArray("starts"))) {
            List<Dot> dots = new ArrayList<>();
            int rounds = 0;
            for (Map.Entry<String, JsonElement> server : each.getAsJsonObject("millis").entrySet()) {
                double[] sorted = StreamSupport.stream(server.getValue().getAsJsonArray().spliterator(), false)
                        .mapToDouble(JsonElement::getAsDouble).sorted().toArray();
                rounds = sorted.length;
                dots.add(new Dot(server.getKey(), sorted[0],
                        (sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2, sorted[rounds - 1]));
            }
            figures.add(new DotPlot(dots.stream().map(Dot::server).toList())
                    .panel("from exec to the first answer, ms", dots, 0, BASE)
                    .figure("start", "Start to the first answer, TCP: less is better",
                            captions("Dots are medians of " + rounds + " interleaved rounds, lines go from the least to"
                                    + " the most")));
        }
    }

    private void memory() {
        List<JsonObject> all = objects(session.getAsJsonArray("idleMemory"));
        if (all.isEmpty()) {
            return;
        }
        DotPlot plot = new DotPlot(all.stream().map(each -> text(each, "server")).toList());
        plot.panel("heap, bytes", memory(all, "heapBytesPerConnection", null), 0, BASE);
        plot.panel("native, bytes", memory(all, "nativeBytesPerConnection", null), 0, BASE);
        plot.panel("together, bytes", memory(all, "heapBytesPerConnection", "nativeBytesPerConnection"), 0, BASE);
        figures.add(plot.figure("memory", "Memory of an idle connection, TCP: less is better",
                captions(all.getFirst().get("connections").getAsInt()
                        + " connections, each used once; one measurement each, outside the kernel")));
    }

    private static List<Dot> memory(List<JsonObject> all, String kind, String other) {
        return all.stream().map(each -> {
            double bytes = each.get(kind).getAsDouble() + (other == null ? 0 : each.get(other).getAsDouble());
            return new Dot(text(each, "server"), bytes, bytes, bytes);
        }).toList();
    }

    /** {@return what is said below a title: how it was measured, then when, of what and where} */
    private List<String> captions(String how, String... more) {
        JsonObject machine = session.getAsJsonObject("machine");
        List<String> captions = new ArrayList<>(List.of(more));
        captions.addFirst(how + ".");
        captions.add(text(machine, "when").substring(0, 10) + ", commit " + text(machine, "commit") + "; "
                + machine.get("processors").getAsInt() + " × " + text(machine, "processor") + ", "
                + text(machine, "kernel") + ", JDK " + text(machine, "jvm").replaceAll(".* ", "")
                + "; load at the start " + text(machine, "loadAverage").split(" ")[0] + ".");
        return captions;
    }

    /** How many rounds of each series count, of what length, and how many of all of these other work has disturbed. */
    private String rounds(List<JsonObject> all) {
        List<JsonObject> kept = all.stream().flatMap(series -> objects(series.getAsJsonArray("rounds")).stream())
                .filter(each -> each.get("kept").getAsBoolean()).toList();
        long disturbed = kept.stream().filter(each -> each.get("disturbed").getAsBoolean()).count();
        int each = kept.size() / all.size();
        return each + (each == 1 ? " round" : " interleaved rounds") + " of "
                + session.getAsJsonObject("settings").get("millis").getAsInt() + " ms"
                + (disturbed == 0 ? "" : " (other work disturbed " + disturbed + " of " + kept.size() + ")");
    }

    private static String noise(double noise) {
        return String.format(Locale.ROOT, "noise ±%.0f %% of CPU", 100 * noise);
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.replaceAll("\\.?0+$", "");
    }

    private List<JsonObject> series(Predicate<JsonObject> isWanted) {
        return objects(session.getAsJsonArray("series")).stream().filter(isWanted).toList();
    }

    private static String scenario(JsonObject series) {
        return text(series.getAsJsonObject("scenario"), "name");
    }

    /** {@return the names of all servers but the second one in C} */
    private static List<String> servers(List<JsonObject> series) {
        Set<String> names = new LinkedHashSet<>();
        for (JsonObject each : series) {
            objects(each.getAsJsonArray("servers")).forEach(server -> names.add(text(server, "server")));
        }
        names.remove(TWIN);
        return List.copyOf(names);
    }

    private static JsonObject of(JsonObject series, String server) {
        return objects(series.getAsJsonArray("servers")).stream()
                .filter(each -> text(each, "server").equals(server)).findFirst().orElseThrow();
    }

    private static double median(JsonObject server, String metric) {
        return server.getAsJsonObject(metric).get("median").getAsDouble();
    }

    private static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array == null ? List.of()
                : StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsJsonObject).toList();
    }
}
