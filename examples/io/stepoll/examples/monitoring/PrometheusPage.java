package io.stepoll.examples.monitoring;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.stepoll.examples.http.Content;
import io.stepoll.metrics.GroupMetrics;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.ServerMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What Prometheus scrapes: the loops of a group, and servers. docs/grafana.json shows it. */
public final class PrometheusPage {
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Object> meters = new ArrayList<>(); // the registry holds them weakly

    /**
     * Makes the page.
     *
     * @param group takes a snapshot of the loops
     */
    public PrometheusPage(Supplier<GroupMetrics> group) {
        Supplier<List<LoopMetrics>> loops = () -> group.get().loops();
        LoopMeters ofLoops = new LoopMeters(loops);
        ofLoops.bindTo(registry);
        meters.add(ofLoops);
        registry.getPrometheusRegistry().register(new LoopHistograms(loops));
    }

    /**
     * Adds a server.
     *
     * @param name of the server, for its tag
     * @param server takes a snapshot
     * @return this
     */
    public PrometheusPage server(String name, Supplier<ServerMetrics> server) {
        ServerMeters ofServer = new ServerMeters(name, server);
        ofServer.bindTo(registry);
        meters.add(ofServer);
        return this;
    }

    /** {@return what there is at the moment, in Prometheus's text format} */
    String text() {
        return registry.scrape();
    }

    /** {@return what there is at the moment, as a page} */
    public Content content() {
        return Content.of(TYPE, text());
    }
}
