package io.stepoll.examples.monitoring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.stepoll.metrics.ServerMetrics;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The connections of a server for any registry of Micrometer, with a tag {@code server}. Registries hold this object
 * weakly, as {@link LoopMeters}: keep it.
 */
public final class ServerMeters implements MeterBinder {
    private final String name;
    private final Recent<ServerMetrics> server;

    /**
     * Makes the meters.
     *
     * @param name of the server, for the tag
     * @param server takes a snapshot
     */
    public ServerMeters(String name, Supplier<ServerMetrics> server) {
        this.name = name;
        this.server = new Recent<>(server);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("stepoll.server.connections", this, meters -> meters.server.get().connections())
                .tag("server", name).description("connections that are served now").register(registry);
        counter(registry, "accepted", "connections accepted", ServerMetrics::accepted);
        counter(registry, "refused", "connections turned away", ServerMetrics::refused);
        counter(registry, "ended", "connections that were served and have ended", ServerMetrics::ended);
    }

    private void counter(MeterRegistry registry, String what, String description,
            ToDoubleFunction<ServerMetrics> value) {
        FunctionCounter.builder("stepoll.server." + what, this,
                meters -> value.applyAsDouble(meters.server.get())).tag("server", name).description(description)
                .register(registry);
    }
}
