package io.stepoll.bench.side;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the kernel accounts for; see proc(5). */
final class Accounts {
    private static final long TICK_NANOS = 10_000_000; // /proc counts in units of USER_HZ, which is 100
    private static final int USER = 1;
    private static final int NICE = 2;
    private static final int SYSTEM = 3;
    private static final int STEAL = 8;
    private static final int CHILDREN_USER = 14; // of /proc/self/stat, counted from the end of the name
    private static final int CHILDREN_SYSTEM = 15;
    private static final long BYTES_PER_KILOBYTE = 1024;

    private Accounts() {}

    /**
     * {@return the CPU time of all threads of a process}
     * This is the scheduler's own account, which is exact while the threads sleep.
     */
    static long cpuNanos(long pid) throws IOException {
        return cpuNanos(pid, "");
    }

    /** {@return the CPU time of the threads whose names contain a text} */
    static long cpuNanos(long pid, String name) throws IOException {
        long nanos = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                try {
                    if (Files.readString(thread.resolve("comm")).contains(name)) {
                        String account = Files.readString(thread.resolve("schedstat"));
                        nanos += Long.parseLong(account.substring(0, account.indexOf(' ')));
                    }
                } catch (NoSuchFileException e) {
                    // The thread has ended.
                }
            }
        }
        return nanos;
    }

    /** {@return the CPU time of all children of this process that have ended, and of their children} */
    static long endedChildrenNanos() throws IOException {
        String account = Files.readString(Path.of("/proc/self/stat"));
        String[] words = account.substring(account.lastIndexOf(')')).split(" ");
        return (Long.parseLong(words[CHILDREN_USER]) + Long.parseLong(words[CHILDREN_SYSTEM])) * TICK_NANOS;
    }

    /** {@return the processors that this process may run on, in ascending order} */
    static List<Integer> allowedProcessors() throws IOException {
        List<Integer> processors = new ArrayList<>();
        for (String range : status("self", "Cpus_allowed_list:").split(",")) {
            String[] ends = range.split("-");
            for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                processors.add(cpu);
            }
        }
        return processors;
    }

    /** {@return the resident memory of a process in bytes} */
    static long residentBytes(long pid) throws IOException {
        return Long.parseLong(status(Long.toString(pid), "VmRSS:").replace(" kB", "")) * BYTES_PER_KILOBYTE;
    }

    private static String status(String pid, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith(name)) {
                return line.substring(name.length()).strip();
            }
        }
        throw new IOException("no " + name + " in /proc/" + pid + "/status");
    }

    /**
     * The times of several processors together.
     *
     * @param busyNanos they worked for any process
     * @param stolenNanos a hypervisor ran something else on them
     */
    record Processors(long busyNanos, long stolenNanos) {
        static Processors now(Set<Integer> cpus) throws IOException {
            long busy = 0;
            long stolen = 0;
            for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
                String[] words = line.split(" +");
                if (words[0].matches("cpu\\d+") && cpus.contains(Integer.parseInt(words[0].substring(3)))) {
                    busy += Long.parseLong(words[USER]) + Long.parseLong(words[NICE]) + Long.parseLong(words[SYSTEM]);
                    stolen += Long.parseLong(words[STEAL]);
                }
            }
            return new Processors(busy * TICK_NANOS, stolen * TICK_NANOS);
        }
    }
}
