package io.stepoll.bench.side;

import java.util.Locale;

/** Prints a line for each thing that was done, with the time since the start. */
final class Progress {
    private static final long START_NANOS = System.nanoTime();
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int SECONDS_PER_MINUTE = 60;

    private Progress() {}

    static void say(String what) {
        long seconds = (System.nanoTime() - START_NANOS) / NANOS_PER_SECOND;
        System.out.printf(Locale.ROOT, "side by side %d:%02d  %s%n", seconds / SECONDS_PER_MINUTE,
                seconds % SECONDS_PER_MINUTE, what);
    }

    static void round(String what, int number, int rounds, boolean disturbed, boolean keep) {
        String remark = !disturbed ? "" : keep ? ", disturbed, but no tries are left" : ", disturbed: taken again";
        say(what + ", round " + number + " of " + rounds + remark);
    }
}
