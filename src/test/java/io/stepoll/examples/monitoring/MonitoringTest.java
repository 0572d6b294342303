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
        page = new PrometheusPage(group::metrics).server("echo", server::metrics);
        try (SocketChannel client = SocketChannel.open(server.localAddress())) {
            client.write(ByteBuffer.allocate(BYTES));
            ByteBuffer answer = ByteBuffer.allocate(2 * BYTES);
            while (client.read(answer) >= 0) {
                // Until the server has closed.
            }
            assertEquals(BYTES, answer.position());
        }
    }

    @AfterEach
    void end() {
        server.close(Duration.ofSeconds(5));
        group.close();
    }

    /** The lines of a scrape: each series by its name and labels. */
    private Map<String, Double> scrape() throws Exception {
        Thread.sleep(Duration.ofNanos(2 * Recent.LIFE_NANOS)); // what was read before is too old then, however slow the machine is
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
