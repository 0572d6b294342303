package io.stepoll.internal.metrics;

import io.stepoll.EventLoop;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** A child's main: another thread submits to a loop that sleeps, again and again. Prints what the loop has counted. */
final class CountedPolls {
    static final int SUBMITS = 50;

    private CountedPolls() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int fd = loop.fd();
            long eventfd = eventfd(fd);
            Thread submitter = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < SUBMITS; i++) {
                    CompletableFuture.runAsync(() -> {}, loop).join();
                }
                loop.stop();
            });
            loop.run();
            submitter.join();
            LoopMetrics metrics = loop.metrics(); // the close polls no more: nothing is left
            System.out.println("fd=" + fd + " eventfd=" + eventfd + " polls=" + metrics.get(Metric.POLLS) + " wakeUps="
                    + metrics.get(Metric.WAKE_UPS));
        }
    }

    /** The one descriptor that is on the epoll. */
    private static long eventfd(int epoll) throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + epoll))) {
            return lines.filter(line -> line.startsWith("tfd:")).map(line -> line.split("\\s+")[1])
                    .mapToLong(Long::parseLong).findFirst().orElseThrow();
        }
    }
}
