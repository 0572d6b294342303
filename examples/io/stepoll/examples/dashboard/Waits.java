package io.stepoll.examples.dashboard;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.stepoll.EventLoop;
import io.stepoll.metrics.LoopDump;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How many tasks of each loop wait for what, by dumps of the loops. Tasks that make the same call on different
 * descriptors count as one kind, and so do those that wait for different locks of one class.
 */
final class Waits {
    private static final int MOST = 200; // tasks of a loop: a dump takes the stack of each
    private static final Pattern OF_ONE = Pattern.compile(" on .*|@[0-9a-f]+$", Pattern.DOTALL);

    private final List<EventLoop> loops;

    Waits(List<EventLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    /** Dumps the loops; a loop that is busy or held may take up to 100 ms. */
    JsonArray toJson() {
        JsonArray all = new JsonArray();
        for (EventLoop loop : loops) {
            LoopDump dump = loop.dump(MOST);
            Map<String, Integer> counts = new TreeMap<>();
            for (LoopDump.TaskEntry task : dump.tasks()) {
                counts.merge(kind(task.waitsFor()), 1, Integer::sum);
            }
            if (dump.tasksInAll() > dump.tasks().size()) {
                counts.put("younger tasks, which are not looked at", dump.tasksInAll() - dump.tasks().size());
            }
            counts.forEach((what, count) -> {
                JsonObject wait = new JsonObject();
                wait.addProperty("loop", dump.loop());
                wait.addProperty("what", what);
                wait.addProperty("count", count);
                all.add(wait);
            });
        }
        return all;
    }

    /** What a task waits for, without the descriptor or the object. */
    static String kind(String waitsFor) {
        return waitsFor == null ? "nothing: it runs, or is queued" : OF_ONE.matcher(waitsFor).replaceFirst("");
    }
}
