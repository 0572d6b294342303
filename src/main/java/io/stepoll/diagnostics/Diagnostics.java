package io.stepoll.diagnostics;

import io.stepoll.internal.sys.Version;
import java.io.PrintStream;
import java.util.List;

/**
 * Prints what a report of a problem needs: versions, limits, which system calls are there, and whether a loop works.
 * {@code java -jar stepoll.jar} runs it. It changes nothing, and opens only sockets on loopback.
 *
 * <p>The exit status is 0 if the loop works, and 1 if something of the self-test failed.
 */
public final class Diagnostics {
    private static final int NAME_WIDTH = 22;

    private Diagnostics() {}

    /**
     * Prints the report to the standard output.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            System.err.println("usage: java -jar stepoll.jar");
            System.exit(2);
        }
        System.exit(report(System.out) ? 0 : 1);
    }

    /** Prints the report. Returns whether all of the self-test passed. */
    static boolean report(PrintStream out) {
        out.println("stepoll " + Version.VERSION);
        print(out, "Surroundings", Surroundings.lines());
        print(out, "Limits", Limits.lines());
        NativePart nativePart = NativePart.load();
        print(out, "Native part", nativePart.lines());
        if (!nativePart.isLoaded()) {
            return false;
        }
        SelfTest test = new SelfTest();
        print(out, "Self-test", test.lines());
        return test.hasPassed();
    }

    private static void print(PrintStream out, String title, List<Line> lines) {
        out.println();
        out.println(title);
        for (Line line : lines) {
            out.println("  " + line.name() + " ".repeat(Math.max(1, NAME_WIDTH - line.name().length())) + line.value());
        }
    }

    /** A line of the report. */
    record Line(String name, String value) {}
}
