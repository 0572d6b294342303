package io.stepoll.metrics;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A dump as text for people. */
final class DumpText {
    private static final List<String> NOT_THE_PROGRAMS_OWN =
            List.of("java.", "javax.", "jdk.", "sun.", "io.stepoll.internal.");

    /** The other packages of this library. */
    private static final Set<String> OURS = Set.of("io.stepoll", "io.stepoll.buffer", "io.stepoll.management",
            "io.stepoll.metrics", "io.stepoll.net", "io.stepoll.shutdown", "io.stepoll.sync", "io.stepoll.tls",
            "io.stepoll.watchdog");

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    private DumpText() {}

    static String of(LoopDump dump) {
        StringBuilder text = new StringBuilder("event loop ").append(shown(dump.loop())).append(" on thread ")
                .append(shown(dump.thread())).append(": ").append(dump.state());
        if (dump.runs() != null) {
            text.append("\nruns ").append(shown(dump.runs()));
            dump.stack().forEach(frame -> text.append("\n\tat ").append(frame));
        }
        head(text, "tasks", dump.tasks().size(), dump.tasksInAll());
        dump.tasks().forEach(task -> append(text, task));
        if (dump.callbacksInAll() > 0) { // mostly none waits
            head(text, "callbacks that wait", dump.callbacks().size(), dump.callbacksInAll());
            dump.callbacks().forEach(callback -> append(text, callback));
        }
        head(text, "timers", dump.timers().size(), dump.timersInAll());
        dump.timers().forEach(timer -> text.append("\n  in ").append(time(timer.due())).append(": ")
                .append(shown(timer.what())).append(timer.daemon() ? ", daemon" : ""));
        head(text, "descriptors", dump.descriptors().size(), dump.descriptorsInAll());
        dump.descriptors().forEach(one -> text.append("\n  ").append(shown(one.what()))
                .append(one.waits().isEmpty() ? "" : ", awaited: " + one.waits()));
        head(text, "queued", dump.queued().size(), dump.queuedInAll());
        dump.queued().forEach(one -> text.append("\n  ").append(shown(one)));
        return text.toString();
    }

    private static void head(StringBuilder text, String what, int shown, int inAll) {
        text.append('\n').append(what).append(": ").append(inAll);
        if (shown < inAll) {
            text.append(", of which the first ").append(shown);
        }
    }

    private static void append(StringBuilder text, LoopDump.TaskEntry task) {
        text.append("\n  #").append(task.threadId()).append(" \"").append(shown(task.name())).append("\" ")
                .append(task.state()).append(task.daemon() ? ", daemon" : "");
        if (task.waitsFor() != null) {
            text.append(", waits for ").append(shown(task.waitsFor()));
        }
        if (task.since() != null) {
            text.append(", since ").append(time(task.since()));
        }
        if (task.deadline() != null) {
            text.append(", deadline in ").append(time(task.deadline()));
        }
        appendOwnFrame(text, task.stack());
    }

    private static void append(StringBuilder text, LoopDump.CallbackEntry callback) {
        text.append("\n  ").append(callback.what()).append(' ').append(callback.state());
        if (callback.waitsFor() != null) {
            text.append(", waits for ").append(callback.waitsFor());
        }
        appendOwnFrame(text, callback.stack());
    }

    private static void appendOwnFrame(StringBuilder text, List<StackTraceElement> stack) {
        stack.stream().filter(DumpText::isTheProgramsOwn).findFirst()
                .ifPresent(frame -> text.append(", at ").append(frame));
    }

    /** A name may have any characters, and must not make lines of its own: the text goes to logs. */
    private static String shown(String name) {
        StringBuilder shown = new StringBuilder(name.length());
        name.codePoints().forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                        shown.append(String.format("\\u%04x", c));
                default -> shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    private static boolean isTheProgramsOwn(StackTraceElement frame) {
        String name = frame.getClassName();
        return NOT_THE_PROGRAMS_OWN.stream().noneMatch(name::startsWith)
                && !OURS.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
    }

    private static String time(Duration time) {
        double nanos = time.toNanos();
        return Math.abs(nanos) < NANOS_PER_SECOND ? String.format(Locale.ROOT, "%.1f ms", nanos / NANOS_PER_MILLI)
                : String.format(Locale.ROOT, "%.1f s", nanos / NANOS_PER_SECOND);
    }
}
