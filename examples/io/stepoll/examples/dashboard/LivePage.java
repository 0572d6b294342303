package io.stepoll.examples.dashboard;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.examples.http.Content;
import io.stepoll.examples.http.EventStream;
import io.stepoll.examples.http.HttpConnection;
import io.stepoll.examples.http.HttpLoop;
import io.stepoll.examples.http.Status;
import io.stepoll.metrics.GroupMetrics;
import io.stepoll.net.Server;
import io.stepoll.watchdog.Watchdog;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * A page that shows what loops and servers do, while they do it. The page has a loop and a thread of its own, so it
 * answers while a loop that it shows is held. This is all that a program needs:
 * <pre>{@code
 * try (LivePage page = LivePage.builder().watch(group).watch("web", server)
 *         .open(Addresses.parse("tcp:127.0.0.1:9000"))) {
 *     group.join();
 * }
 * }</pre>
 *
 * <p>Anybody who can connect sees the page: let it listen on an address of loopback. The methods may be called from any
 * thread that is not of the page.
 */
public final class LivePage implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int SAMPLES_BETWEEN_DUMPS = 4;
    private static final long RETRY_MILLIS = 1000;
    private static final Content NOT_FOUND = Content.of("text/plain", "no such page\n");

    private final Builder options;
    private final Map<String, Content> files;
    private final LoopGroup own;
    private final Watchdog watchdog;
    private final Sampler sampler;
    private final Server server;

    private LivePage(Builder options, SocketAddress address) throws IOException {
        this.options = options;
        files = DashboardPage.files();
        SlowSteps slowSteps = new SlowSteps(options.threshold);
        own = LoopGroup.builder().loops(1).name("page").options(loop -> loop.histograms(true)).open();
        watchdog = Watchdog.start(slowSteps.threshold(), slowSteps);
        try {
            List<EventLoop> loops = new ArrayList<>(options.loops);
            options.groups.forEach(group -> loops.addAll(group.loops()));
            loops.addAll(own.loops());
            sampler = new Sampler(slowSteps, options.keep);
            options.groups.stream().filter(group -> group.loops().size() > 1)
                    .forEach(group -> sampler.addLoop(() -> group.metrics().sum(), true));
            for (EventLoop loop : loops) {
                sampler.addLoop(loop::metrics, false);
                watchdog.watch(loop);
            }
            options.servers.forEach((name, each) -> sampler.addServer(name, each::metrics));
            EventLoop loop = own.loops().getFirst();
            loop.spawn(() -> sample(loop));
            loop.spawn(() -> lookAtWaits(loop, new Waits(loops)));
            server = Server.builder(own).perLoopState(HttpLoop::new)
                    .serve(connection -> HttpConnection.serve(connection.state(), connection.socket(), this::answer))
                    .open(address);
        } catch (IOException | RuntimeException | Error e) {
            watchdog.close();
            own.close();
            throw e;
        }
    }

    private Void sample(EventLoop loop) throws InterruptedException {
        while (true) {
            loop.sleep(options.interval);
            sampler.take();
        }
    }

    /** Dumps the loops elsewhere: a dump of a busy loop takes a while, and the page is to answer meanwhile. */
    private Void lookAtWaits(EventLoop loop, Waits waits) throws Exception {
        while (true) {
            sampler.waits(loop.offload(waits::toJson));
            loop.sleep(options.interval.multipliedBy(SAMPLES_BETWEEN_DUMPS));
        }
    }

    private void answer(HttpConnection connection) throws IOException {
        String path = connection.head().path();
        Content file = files.get(path);
        Supplier<Content> page = options.pages.get(path);
        if (file != null) {
            connection.respond(file);
        } else if (page != null) {
            connection.respond(page.get());
        } else if (path.equals("/events")) {
            events(connection);
        } else {
            connection.respond(Status.NOT_FOUND, NOT_FOUND);
        }
    }

    private void events(HttpConnection connection) throws IOException {
        EventStream events = EventStream.begin(connection);
        if (events == null) {
            return;
        }
        EventLoop loop = connection.loop();
        try {
            events.retryAfter(RETRY_MILLIS);
            events.send("hello", sampler.greeting(options.threshold));
            events.send("lists", sampler.lists());
            long sent = 0;
            while (!connection.isDraining()) {
                for (String sample : sampler.after(sent)) {
                    events.send("sample", sample);
                }
                sent = sampler.taken();
                events.flush();
                loop.sleep(options.interval);
            }
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException("sending events").initCause(e);
        }
        events.end();
    }

    /** {@return the address of the page, with the port that was taken} */
    public SocketAddress localAddress() {
        return server.localAddress();
    }

    /** Ends the page, and waits until its loop is closed. The loops that it shows go on. */
    @Override
    public void close() {
        server.close(PATIENCE);
        watchdog.close();
        own.close();
    }

    /** {@return the options of a page, with their defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** What a page shows, and how. */
    public static final class Builder {
        private final List<LoopGroup> groups = new ArrayList<>();
        private final List<EventLoop> loops = new ArrayList<>();
        private final Map<String, Server> servers = new LinkedHashMap<>();
        private final Map<String, Supplier<Content>> pages = new HashMap<>();
        private Duration interval = Duration.ofMillis(500);
        private Duration threshold = Duration.ofMillis(50);
        private int keep = 600;

        private Builder() {}

        /**
         * Shows all loops of a group, and their sum. Those opened with histograms have lengths of steps.
         *
         * @param group the group
         * @return this
         */
        public Builder watch(LoopGroup group) {
            groups.add(Objects.requireNonNull(group, "group"));
            return this;
        }

        /**
         * Shows a loop.
         *
         * @param loop the loop
         * @return this
         */
        public Builder watch(EventLoop loop) {
            loops.add(Objects.requireNonNull(loop, "loop"));
            return this;
        }

        /**
         * Shows the connections of a server.
         *
         * @param name of the server, on the page
         * @param server the server
         * @return this
         */
        public Builder watch(String name, Server server) {
            servers.put(name, Objects.requireNonNull(server, "server"));
            return this;
        }

        /**
         * Serves one more page.
         *
         * @param path of it, {@code /metrics} for instance
         * @param content makes it, in a task of the page's loop
         * @return this
         */
        public Builder page(String path, Supplier<Content> content) {
            pages.put(path, Objects.requireNonNull(content, "content"));
            return this;
        }

        /**
         * Sets how often a sample is taken; by default each 500 ms.
         *
         * @param every the time between two samples
         * @return this
         */
        public Builder interval(Duration every) {
            interval = Objects.requireNonNull(every, "interval");
            return this;
        }

        /**
         * Sets how many samples a page gets that was just opened; by default 600.
         *
         * @param samples the number
         * @return this
         */
        public Builder keep(int samples) {
            keep = samples;
            return this;
        }

        /**
         * Sets from which length on a step is shown with its stack; by default 50 ms.
         *
         * @param length the length
         * @return this
         */
        public Builder threshold(Duration length) {
            threshold = Objects.requireNonNull(length, "threshold");
            return this;
        }

        /**
         * Opens the page.
         *
         * @param address at which it listens
         * @return the page
         * @throws IOException if the address cannot be bound, or uPlot is not on the class path
         */
        public LivePage open(SocketAddress address) throws IOException {
            return new LivePage(this, address);
        }
    }
}
