package io.stepoll.bench.side;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import io.stepoll.bench.plots.Plots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Writes the session as JSON, its plots as SVG files, and a page of one file that has all of them and the tables. */
final class Report {
    private static final Path PAGE = Path.of("benchmarks", "report.html");
    private static final int STEPS_PER_HALVING = 5; // of the distance to 100 %

    private final Gson gson = new GsonBuilder()
            .registerTypeAdapter(Server.class, (JsonSerializer<Server>) (server, type, context) ->
                    new JsonPrimitive(server.title))
            .registerTypeAdapter(Histogram.class, (JsonSerializer<Histogram>) (latencies, type, context) ->
                    JsonNull.INSTANCE) // the report has the latencies of all rounds together
            .setPrettyPrinting()
            .create();

    static void write(Settings settings, Machine machine, Results results, List<Bar> bars) throws IOException {
        Report report = new Report();
        JsonObject session = report.session(settings, machine, results, bars);
        String json = report.gson.toJson(session);
        Files.createDirectories(settings.output());
        Files.writeString(settings.output().resolve("side-by-side.json"), json);
        String missing = Plots.missing();
        if (missing != null) {
            Progress.say("no plots, for want of " + missing);
        }
        String plots = missing != null ? ""
                : String.join("\n", Plots.write(session, settings.output().resolve("img")));
        Files.writeString(settings.output().resolve("report.html"), Files.readString(PAGE)
                .replace("<!--PLOTS-->", plots)
                .replace("/*RESULTS*/", json));
    }

    private JsonObject session(Settings settings, Machine machine, Results results, List<Bar> bars) {
        JsonObject session = new JsonObject();
        session.add("machine", gson.toJsonTree(machine));
        JsonObject how = new JsonObject();
        how.addProperty("quick", settings.quick());
        how.addProperty("rounds", settings.rounds());
        how.addProperty("millis", settings.millis());
        how.add("jvmFlags", gson.toJsonTree(settings.jvmFlags()));
        session.add("settings", how);
        session.add("bars", gson.toJsonTree(bars));
        session.add("series", series(results));
        session.add("syscalls", gson.toJsonTree(results.syscalls));
        session.add("userTimes", gson.toJsonTree(results.userTimes));
        session.add("allocations", gson.toJsonTree(results.allocations));
        session.add("idleMemory", gson.toJsonTree(results.idleMemory));
        session.add("httpIdle", gson.toJsonTree(results.httpIdle));
        session.add("libraries", gson.toJsonTree(results.libraries));
        session.add("tls", gson.toJsonTree(results.tls));
        session.add("commands", gson.toJsonTree(results.commands));
        session.add("starts", gson.toJsonTree(results.starts));
        return session;
    }

    /** {@return every round, and for each server a summary of its kept rounds} */
    private JsonArray series(Results results) {
        JsonArray all = new JsonArray();
        for (Series series : results.series) {
            JsonObject object = new JsonObject();
            object.add("scenario", gson.toJsonTree(series.scenario()));
            object.addProperty("transport", series.transport());
            object.addProperty("noise", series.noise(Measurement::cpuNanosPerMessage));
            JsonArray servers = new JsonArray();
            for (Measurement first : series.rounds().getFirst().measurements()) {
                Server server = first.server();
                JsonObject summary = new JsonObject();
                summary.addProperty("server", server.title);
                summary.add("cpuNanosPerMessage",
                        gson.toJsonTree(Spread.of(series.values(server, Measurement::cpuNanosPerMessage))));
                summary.add("messagesPerSecond",
                        gson.toJsonTree(Spread.of(series.values(server, Measurement::messagesPerSecond))));
                summary.add("p50Nanos", gson.toJsonTree(Spread.of(series.values(server, Measurement::p50Nanos))));
                if (series.has(Server.C)) {
                    summary.add("cpuToC",
                            gson.toJsonTree(series.ratios(server, Server.C, Measurement::cpuNanosPerMessage)));
                }
                summary.add("percentiles", percentiles(series.latencies(server)));
                servers.add(summary);
            }
            object.add("servers", servers);
            object.add("rounds", gson.toJsonTree(series.rounds()));
            all.add(object);
        }
        return all;
    }

    private static JsonArray percentiles(Histogram latencies) {
        JsonArray points = new JsonArray();
        for (HistogramIterationValue value : latencies.percentiles(STEPS_PER_HALVING)) {
            JsonArray point = new JsonArray();
            point.add(value.getPercentileLevelIteratedTo());
            point.add(value.getValueIteratedTo());
            points.add(point);
        }
        return points;
    }
}
