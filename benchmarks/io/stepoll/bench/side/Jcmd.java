package io.stepoll.bench.side;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Figures that a running JVM gives about itself; see jcmd(1). */
final class Jcmd {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");
    private static final Pattern ALLOCATED = Pattern.compile("(?m)^\"(.*)\" .* allocated=(\\d+)([BKMG]) ");
    private static final int KILO = 1024;

    private Jcmd() {}

    /** {@return the bytes of all live objects, after a full collection} */
    static long heapBytes(long pid) throws IOException {
        Matcher matcher = TOTAL.matcher(ask(pid, "GC.class_histogram"));
        if (!matcher.find()) {
            throw new IOException("jcmd GC.class_histogram has no total");
        }
        return Long.parseLong(matcher.group(1));
    }

    /** Makes malloc return free memory to the system. */
    static void trimNativeHeap(long pid) throws IOException {
        ask(pid, "System.trim_native_heap");
    }

    /**
     * {@return how many bytes all threads have allocated, except the thread that executes this command}
     * The figure is exact to 1 KB; a large one is less exact.
     */
    static long allocatedBytes(long pid) throws IOException {
        long bytes = 0;
        int threads = 0;
        for (Matcher matcher = ALLOCATED.matcher(ask(pid, "Thread.print", "-e")); matcher.find();) {
            if (!matcher.group(1).equals("Attach Listener")) {
                long unit = switch (matcher.group(3)) {
                    case "K" -> KILO;
                    case "M" -> KILO * KILO;
                    case "G" -> (long) KILO * KILO * KILO;
                    default -> 1;
                };
                bytes += Long.parseLong(matcher.group(2)) * unit;
                threads++;
            }
        }
        if (threads == 0) {
            throw new IOException("jcmd Thread.print -e names no allocation");
        }
        return bytes;
    }

    private static String ask(long pid, String... command) throws IOException {
        String[] whole = new String[command.length + 2];
        whole[0] = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        whole[1] = Long.toString(pid);
        System.arraycopy(command, 0, whole, 2, command.length);
        return Children.run(whole);
    }
}
