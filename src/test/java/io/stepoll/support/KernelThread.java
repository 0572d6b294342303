package io.stepoll.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A platform thread as the kernel sees it; see proc(5).
 *
 * @param folder of the thread in /proc
 */
public record KernelThread(Path folder) {
    private static final int UNCHANGED = 10;
    private static final long PAUSE_MILLIS = 20;

    /** The thread that calls this. */
    public static KernelThread current() throws IOException {
        return new KernelThread(Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self"))));
    }

    /** How often the thread gave up its processor, as a line of its status. */
    public String switches() throws IOException {
        return Files.readAllLines(folder.resolve("status")).stream()
                .filter(line -> line.startsWith("voluntary_ctxt_switches")).findFirst().orElseThrow();
    }

    /**
     * Waits until the thread has been in one system call for a while, with the same {@link #switches}, and returns
     * these. A thread that computes, or that gets no processor, has the same switches as well.
     */
    public String awaitSleep() throws IOException, InterruptedException {
        String lastCall = "";
        String last = "";
        for (int unchanged = 0; unchanged < UNCHANGED;) {
            Thread.sleep(PAUSE_MILLIS); // the kernel gives no notice when a thread falls asleep
            String call = systemCall();
            String now = switches();
            unchanged = now.equals(last) && call.equals(lastCall) && !call.startsWith("running") ? unchanged + 1 : 0;
            lastCall = call;
            last = now;
        }
        return last;
    }

    /** The system call that the thread is in, with its arguments. */
    public String systemCall() throws IOException {
        return Files.readString(folder.resolve("syscall"));
    }
}
