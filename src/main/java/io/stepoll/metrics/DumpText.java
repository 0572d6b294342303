package io.stepoll.metrics;

import java.time.Duration;
import java.util.List;
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
        StringBuilder text = new StringBuilder("event loop ").append(dump.loop()).append(" on thread ")
                .append(dump.thread()).append(": ").append(dump.state());
        if (dump.runs() != null) {
            text.append("\nruns ").append(dump.runs());
            dump.stack().forEach(frame -> text.append("\n\tat ").append(frame));
        }
        head(text, "tasks", dump.tasks().size(), dump.tasksInAll());
        dump.tasks().forEach(task -> append(text, task));
        head(text, "timers", dump.timers().size(), dump.timersInAll());
        dump.timers().forEach(timer -> text.append("\n  in ").append(time(timer.due())).append(": ")
                .append(timer.what()).append(timer.daemon() ? ", daemon" : ""));
        head(text, "descriptors", dump.descriptors().size(), dump.descriptorsInAll());
        dump.descriptors().forEach(one -> text.append("\n  ").append(one.what())
                .append(one.waits().isEmpty() ? "" : ", awaited: " + one.waits()));
        head(text, "queued", dump.queued().size(), dump.queuedInAll());
        dump.queued().forEach(one -> text.append("\n  ").append(one));
        return text.toString();
    }

    private static void head(StringBuilder text, String what, int shown, int inAll) {
        text.append('\n').append(what).append(": ").append(inAll);
        if (shown < inAll) {
            text.append(", of which the first ").append(shown);
        }
    }

    private static void append(StringBuilder text, LoopDump.TaskEntry task) {
        text.append("\n  #").append(task.threadId()).append(" \"").append(task.name()).append("\" ")
                .append(task.state()).append(task.daemon() ? ", daemon" : "");
        if (task.waitsFor() != null) {
            text.append(", waits for ").append(task.waitsFor());
        }
        if (task.since() != null) {
            text.append(", since ").append(time(task.since()));
        }
        if (task.deadline() != null) {
            text.append(", deadline in ").append(time(task.deadline()));
        }
        task.stack().stream().filter(DumpText::isTheProgramsOwn).findFirst()
                .ifPresent(frame -> text.append(", at ").append(frame));
    }

    private static boolean isTheProgramsOwn(StackTraceElement frame) {
        String name = frame.getClassName();
        return NOT_THE_PROGRAMS_OWN.stream().noneMatch(name::startsWith)
                && !OURS.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
    }

    private static String time(Duration time) {
        double nanos = time.toNanos();
        return Math.abs(nanos) < NANOS_PER_SECOND ? "%.1f ms".formatted(nanos / NANOS_PER_MILLI)
                : "%.1f s".formatted(nanos / NANOS_PER_SECOND);
    }
}
