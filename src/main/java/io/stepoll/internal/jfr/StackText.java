package io.stepoll.internal.jfr;

import java.util.List;

/** A stack as a field of an event. The flight recorder takes the stack of the current thread only. */
final class StackText {
    private static final int MOST_FRAMES = 64;

    private StackText() {}

    static String of(StackTraceElement[] frames) {
        return of(List.of(frames));
    }

    static String of(List<StackTraceElement> frames) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(frames.size(), MOST_FRAMES); i++) {
            text.append(i == 0 ? "" : "\n").append(frames.get(i));
        }
        return frames.size() > MOST_FRAMES ? text.append("\n…").toString() : text.toString();
    }
}
