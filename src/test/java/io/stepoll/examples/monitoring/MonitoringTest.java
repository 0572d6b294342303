package io.stepoll.examples.monitoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.stepoll.LoopGroup;
import io.stepoll.metrics.Metric;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.support.Looks;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Prometheus and OpenTelemetry get of loops is what was done there. */
@Timeout(60)
class MonitoringTest {
    private static final Pattern LINE = Pattern.compile("([a-z_]+)(\\{.*})? (\\S+)");
    private static final Pattern QUERIED = Pattern.compile("\\bstepoll_[a-z_]+");
    private static final int BYTES = 1000;

    private LoopGroup group;
    private Server server;
    private PrometheusPage page;

    @BeforeEach
    void serve() throws Exception {
        group = LoopGroup.builder().loops(2).name("web").options(loop -> loop.histograms(true)).open();
        server = Server.builder(group).serve(connection -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(2 * BYTES);
            while (buffer.position() < BYTES) {
                connection.socket().read(buffer);
            }
            connection.socket().write(buffer.flip());
        }).open(Addresses.parse("tcp:127.0.0.1:0"));
        try (SocketChannel client = SocketChannel.open(server.localAddress())) {
            client.write(ByteBuffer.allocate(BYTES));
            ByteBuffer answer = ByteBuffer.allocate(2 * BYTES);
            while (client.read(answer) >= 0) {
                // Until the server has closed.
            }
            assertEquals(BYTES, answer.position());
        }
        Looks.until(() -> server.metrics().ended() == 1 && server.metrics().connections() == 0
                && group.metrics().loops().stream().allMatch(loop -> loop.get(Metric.ASLEEP_NANOS) > 0));
        // What was read before the server was done is not on a page that is made now.
        page = new PrometheusPage(group::metrics).server("echo", server::metrics);
    }

    @AfterEach
    void end() {
        server.close(Duration.ofSeconds(5));
        group.close();
    }

    /** The lines of a scrape: each series by its name and labels. */
    private Map<String, Double> scrape() throws Exception {
        Map<String, Double> series = new TreeMap<>();
        for (String line : page.text().lines().toList()) {
            if (!line.startsWith("#")) {
                Matcher matcher = LINE.matcher(line);
                assertTrue(matcher.matches(), line);
                assertEquals(null, series.put(matcher.group(1) + matcher.group(2), number(matcher.group(3))), line);
            }
        }
        return series;
    }

    private static double number(String text) {
        return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    private static double sum(Map<String, Double> series, String begin) {
        return series.entrySet().stream().filter(one -> one.getKey().startsWith(begin))
                .mapToDouble(Map.Entry::getValue).sum();
    }

    @Test
    void aScrapeHasWhatTheLoopsHaveDone() throws Exception {
        Map<String, Double> series = scrape();
        assertEquals(BYTES, sum(series, "stepoll_io_bytes_total{direction=\"in\",kind=\"tcp\","));
        assertEquals(BYTES, sum(series, "stepoll_io_bytes_total{direction=\"out\",kind=\"tcp\","));
        assertEquals(1, sum(series, "stepoll_accepts_total"));
        assertEquals(1, series.get("stepoll_server_accepted_total{server=\"echo\"}"));
        assertEquals(0, series.get("stepoll_server_connections{server=\"echo\"}"));
        for (String loop : List.of("web-0", "web-1")) {
            double asleep = series.get("stepoll_asleep_seconds_total{loop=\"" + loop + "\"}");
            assertTrue(asleep > 0 && asleep < 60, () -> "a time in seconds: " + asleep);
            double utilisation = series.get("stepoll_utilisation{loop=\"" + loop + "\"}");
            assertTrue(utilisation >= 0 && utilisation <= 1, () -> "a part: " + utilisation);
        }
        for (Metric metric : Metric.values()) {
            if (!metric.name().contains("BYTES")) {
                String name = LoopMeters.name(metric).replace('.', '_');
                assertEquals(2, series.keySet().stream().filter(key -> key.matches(name + "(_seconds)?(_total)?\\{.*"))
                        .count(), name);
            }
        }
    }

    /** As Prometheus wants them: the counts grow from bound to bound, and the last one has all. */
    @Test
    void theHistogramsAreCumulative() throws Exception {
        Map<String, Double> series = scrape();
        for (String histogram : List.of("timer_lag", "callback_lag", "step_length")) {
            String name = "stepoll_" + histogram + "_seconds";
            String ofLoop = "{loop=\"web-0\"";
            TreeMap<Double, Double> buckets = series.entrySet().stream()
                    .filter(one -> one.getKey().startsWith(name + "_bucket" + ofLoop))
                    .collect(Collectors.toMap(one -> bound(one.getKey()), Map.Entry::getValue, Double::sum,
                            TreeMap::new));
            assertEquals(26, buckets.size());
            double before = 0;
            for (double count : buckets.values()) {
                assertTrue(count >= before, buckets::toString);
                before = count;
            }
            assertEquals(Double.POSITIVE_INFINITY, buckets.lastKey());
            assertEquals(series.get(name + "_count" + ofLoop + "}"), buckets.lastEntry().getValue());
        }
        assertTrue(sum(series, "stepoll_step_length_seconds_count") > 0);
        assertTrue(sum(series, "stepoll_step_length_seconds_sum") > 0);
    }

    private static double bound(String series) {
        return number(series.substring(series.indexOf("le=\"") + 4, series.lastIndexOf('"')));
    }

    @Test
    void theGrafanaDashboardAsksForWhatThereIs() throws Exception {
        Set<String> there = scrape().keySet().stream().map(key -> key.replaceAll("\\{.*", ""))
                .collect(Collectors.toSet());
        List<String> queries = new ArrayList<>();
        collectQueries(JsonParser.parseString(Files.readString(Path.of("docs/grafana.json"))), queries);
        assertTrue(queries.size() >= 10, queries::toString);
        Set<String> asked = new HashSet<>();
        for (String query : queries) {
            assertTrue(QUERIED.matcher(query).find(), () -> "asks for nothing: " + query);
            asked.addAll(QUERIED.matcher(query).results().map(result -> result.group()).toList());
        }
        Set<String> missing = new HashSet<>(asked);
        missing.removeAll(there);
        assertEquals(Set.of(), missing, () -> "asked for, and not among " + there);
    }

    private static void collectQueries(JsonElement element, List<String> queries) {
        switch (element) {
            case JsonArray array -> array.forEach(one -> collectQueries(one, queries));
            case JsonObject object -> object.entrySet().forEach(member -> {
                if (member.getKey().equals("expr")) {
                    queries.add(member.getValue().getAsString());
                }
                collectQueries(member.getValue(), queries);
            });
            default -> { }
        }
    }

    /** What Grafana needs of each panel, as its documentation of the JSON model has it. */
    @Test
    void theGrafanaDashboardIsWellFormed() throws Exception {
        JsonObject dashboard = JsonParser.parseString(Files.readString(Path.of("docs/grafana.json"))).getAsJsonObject();
        assertTrue(dashboard.get("schemaVersion").getAsInt() >= 36, "the schema that has datasources as objects");
        Set<String> variables = new HashSet<>(Set.of("__rate_interval", "__all"));
        for (JsonElement variable : dashboard.getAsJsonObject("templating").getAsJsonArray("list")) {
            variables.add(variable.getAsJsonObject().get("name").getAsString());
        }
        Matcher used = Pattern.compile("\\$\\{?(\\w+)").matcher(dashboard.toString());
        while (used.find()) {
            assertTrue(variables.contains(used.group(1)), used::group);
        }
        Set<Integer> ids = new HashSet<>();
        Set<String> taken = new HashSet<>();
        for (JsonElement element : dashboard.getAsJsonArray("panels")) {
            JsonObject panel = element.getAsJsonObject();
            String title = panel.get("title").getAsString();
            assertTrue(ids.add(panel.get("id").getAsInt()), title);
            assertEquals("prometheus", panel.getAsJsonObject("datasource").get("type").getAsString(), title);
            assertTrue(Set.of("timeseries", "heatmap").contains(panel.get("type").getAsString()), title);
            JsonObject place = panel.getAsJsonObject("gridPos");
            int right = place.get("x").getAsInt() + place.get("w").getAsInt();
            assertTrue(right <= 24, title + " sticks out of 24 columns");
            for (int x = place.get("x").getAsInt(); x < right; x++) {
                for (int y = 0; y < place.get("h").getAsInt(); y++) {
                    assertTrue(taken.add(x + "," + (y + place.get("y").getAsInt())), title + " is over another panel");
                }
            }
            Set<String> references = new HashSet<>();
            for (JsonElement target : panel.getAsJsonArray("targets")) {
                assertTrue(references.add(target.getAsJsonObject().get("refId").getAsString()), title);
                String query = target.getAsJsonObject().get("expr").getAsString();
                assertEquals(query.chars().filter(c -> c == '(').count(), query.chars().filter(c -> c == ')').count(),
                        query);
            }
        }
        assertEquals(12, ids.size());
    }

    /** The exposition, by the rules of its format: each family has one HELP and one TYPE, before its series. */
    @Test
    void theExpositionIsWellFormed() throws Exception {
        Map<String, String> types = new TreeMap<>();
        Set<String> helped = new HashSet<>();
        for (String line : page.text().lines().toList()) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                assertTrue(helped.add(words[2]) && !words[3].isBlank(), line);
            } else if (line.startsWith("# TYPE ")) {
                assertEquals(null, types.put(words[2], words[3]), line);
                assertEquals(words[3].equals("counter"), words[2].endsWith("_total"), line);
            } else {
                String name = line.replaceAll("[{ ].*", "");
                assertTrue(types.containsKey(name) || "histogram".equals(types.get(name.replaceAll(
                        "_(bucket|sum|count)$", ""))), () -> "no TYPE before " + line);
            }
        }
        assertEquals(types.keySet(), helped);
    }

    /** A name may have any characters: what the format gives a meaning is escaped. */
    @Test
    void namesAreEscapedForPrometheus() throws Exception {
        String name = "a \"b\" \\ c\nd ä";
        try (LoopGroup odd = LoopGroup.builder().name(name).loops(1).options(loop -> loop.histograms(true)).open()) {
            String text = new PrometheusPage(odd::metrics).text();
            String label = "loop=\"a \\\"b\\\" \\\\ c\\nd ä-0\"";
            assertTrue(text.contains("stepoll_steps_total{" + label + "} "), text);
            assertTrue(text.contains("stepoll_step_length_seconds_count{" + label + "} "), text);
        }
    }

    /** A scrape that began before another one, and is read later, must not let counters go back. */
    @Test
    void ofTwoThreadsTheLaterSnapshotStays() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        AtomicLong nanos = new AtomicLong();
        Recent<Integer> recent = new Recent<>(() -> {
            int call = calls.incrementAndGet();
            if (call == 1) {
                begun.countDown();
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return call;
        }, nanos::get);
        Thread first = Thread.ofPlatform().start(recent::get);
        begun.await();
        nanos.set(1);
        assertEquals(2, recent.get());
        goesOn.countDown();
        first.join();
        nanos.set(1 + Recent.LIFE_NANOS);
        assertEquals(2, recent.get(), "still good");
        nanos.incrementAndGet();
        assertEquals(3, recent.get(), "too old");
    }

    @Test
    void openTelemetryReadsTheSame() throws Exception {
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider provider = SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            OpenTelemetryLoops loops = new OpenTelemetryLoops(provider.get("test"), () -> group.metrics().loops());
            Map<String, MetricData> metrics = reader.collectAllMetrics().stream()
                    .collect(Collectors.toMap(MetricData::getName, Function.identity()));
            assertEquals(BYTES, metrics.get("stepoll.tcp.bytes.in").getLongSumData().getPoints().stream()
                    .mapToLong(LongPointData::getValue).sum());
            assertTrue(metrics.get("stepoll.steps").getLongSumData().isMonotonic());
            assertEquals(Set.of("web-0", "web-1"),
                    metrics.get("stepoll.tasks.live").getLongGaugeData().getPoints().stream()
                            .map(point -> point.getAttributes().get(AttributeKey.stringKey("loop")))
                            .collect(Collectors.toSet()));
            assertEquals("By", metrics.get("stepoll.tcp.bytes.in").getUnit());
            assertEquals("s", metrics.get("stepoll.step.length").getUnit());
            assertEquals(8, metrics.get("stepoll.step.length").getDoubleGaugeData().getPoints().size());
            assertTrue(metrics.get("stepoll.step.length.sum").getDoubleSumData().getPoints().stream()
                    .mapToDouble(DoublePointData::getValue).sum() > 0);
            loops.close();
            assertFalse(reader.collectAllMetrics().stream()
                            .anyMatch(metric -> metric.getName().equals("stepoll.steps")),
                    "closed, and observed all the same");
        }
    }
}
