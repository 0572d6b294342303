package io.stepoll.examples.dashboard;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.stepoll.EventLoop;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import java.util.List;

/** What is waited for on each loop, and how often: for descriptors by tasks and handlers, for times, for other threads. */
final class Waits {
    private final List<EventLoop> loops;

    Waits(List<EventLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    JsonArray toJson() {
        JsonArray all = new JsonArray();
        for (EventLoop loop : loops) {
            LoopMetrics now = loop.metrics();
            add(all, now, "a descriptor, in a task or by a handler", now.get(Metric.WAITS));
            add(all, now, "a time", now.get(Metric.TIMERS_PENDING));
            add(all, now, "the loop's turn", now.get(Metric.QUEUED));
            add(all, now, "offloaded work that runs", now.get(Metric.OFFLOADS_RUNNING));
            add(all, now, "a thread for offloaded work", now.get(Metric.OFFLOADS_WAITING));
        }
        return all;
    }

    private static void add(JsonArray all, LoopMetrics loop, String what, long count) {
        if (count > 0) {
            JsonObject wait = new JsonObject();
            wait.addProperty("loop", loop.name());
            wait.addProperty("what", what);
            wait.addProperty("count", count);
            all.add(wait);
        }
    }
}
