package io.stepoll.metrics;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A dump as JSON for tools. */
final class DumpJson {
    private static final char FIRST_PRINTABLE = ' ';

    private final StringBuilder text = new StringBuilder();
    private boolean first = true;

    private DumpJson() {}

    static String of(LoopDump dump) {
        DumpJson json = new DumpJson();
        json.object(() -> {
            json.text("loop", dump.loop());
            json.text("thread", dump.thread());
            json.text("state", dump.state().name());
            json.text("runs", dump.runs());
            json.stack(dump.stack());
            json.number("tasksInAll", dump.tasksInAll());
            json.list("tasks", dump.tasks(), json::task);
            json.number("callbacksInAll", dump.callbacksInAll());
            json.list("callbacks", dump.callbacks(), json::callback);
            json.number("timersInAll", dump.timersInAll());
            json.list("timers", dump.timers(), json::timer);
            json.number("descriptorsInAll", dump.descriptorsInAll());
            json.list("descriptors", dump.descriptors(), json::descriptor);
            json.number("queuedInAll", dump.queuedInAll());
            json.list("queued", dump.queued(), json::string);
        });
        return json.text.toString();
    }

    private void task(LoopDump.TaskEntry task) {
        object(() -> {
            text("name", task.name());
            number("threadId", task.threadId());
            literal("daemon", Boolean.toString(task.daemon()));
            text("state", task.state().name());
            text("waitsFor", task.waitsFor());
            time("sinceNanos", task.since());
            time("deadlineNanos", task.deadline());
            stack(task.stack());
        });
    }

    private void callback(LoopDump.CallbackEntry callback) {
        object(() -> {
            text("what", callback.what());
            text("state", callback.state().name());
            text("waitsFor", callback.waitsFor());
            stack(callback.stack());
        });
    }

    private void timer(LoopDump.TimerEntry timer) {
        object(() -> {
            text("what", timer.what());
            time("dueNanos", timer.due());
            literal("daemon", Boolean.toString(timer.daemon()));
        });
    }

    private void descriptor(LoopDump.DescriptorEntry descriptor) {
        object(() -> {
            number("fd", descriptor.fd());
            text("what", descriptor.what());
            text("waits", descriptor.waits());
        });
    }

    private void stack(List<StackTraceElement> frames) {
        list("stack", frames, frame -> string(frame.toString()));
    }

    private void object(Runnable members) {
        text.append('{');
        first = true;
        members.run();
        text.append('}');
        first = false;
    }

    private <T> void list(String name, List<T> items, Consumer<T> writer) {
        name(name);
        text.append('[');
        for (int i = 0; i < items.size(); i++) {
            text.append(i == 0 ? "" : ",");
            writer.accept(items.get(i));
        }
        text.append(']');
        first = false;
    }

    private void name(String name) {
        text.append(first ? "" : ",");
        first = false;
        string(name);
        text.append(':');
    }

    private void literal(String name, String value) {
        name(name);
        text.append(value);
    }

    private void number(String name, long number) {
        literal(name, Long.toString(number));
    }

    private void time(String name, @Nullable Duration time) {
        literal(name, time == null ? "null" : Long.toString(time.toNanos()));
    }

    private void text(String name, @Nullable String value) {
        name(name);
        if (value == null) {
            text.append("null");
        } else {
            string(value);
        }
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < FIRST_PRINTABLE || Character.isSurrogate(c)) {
                text.append("\\u%04x".formatted((int) c)); // a lone surrogate would be no text in UTF-8
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
