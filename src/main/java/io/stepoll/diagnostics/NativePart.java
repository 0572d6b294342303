package io.stepoll.diagnostics;

import io.stepoll.diagnostics.Diagnostics.Line;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Shim;
import io.stepoll.internal.sys.VirtualThreads;
import java.util.ArrayList;
import java.util.List;

/** Whether the shim can be loaded, and what of the kernel and the JDK it finds. */
final class NativePart {
    private final boolean loaded;
    private final List<Line> lines = new ArrayList<>();

    private NativePart(boolean loaded) {
        this.loaded = loaded;
    }

    static NativePart load() {
        String path = System.getProperty(Shim.PATH_PROPERTY);
        try {
            Shim.load();
        } catch (UnsatisfiedLinkError e) {
            NativePart missing = new NativePart(false);
            missing.add("library", "FAILED: " + e.getMessage());
            return missing;
        }
        NativePart part = new NativePart(true);
        part.add("library", path == null ? "of the jar" : path);
        part.add("tasks", tasks());
        part.add("epoll_pwait2", there(Epoll.hasNanosecondWait() ? 0 : -Errno.ENOSYS)
                + (Epoll.hasNanosecondWait() ? "" : "; timers are rounded up to milliseconds"));
        part.add("pidfd_open", processDescriptor());
        part.add("preadv2 RWF_NOWAIT", readNow());
        return part;
    }

    private void add(String name, String value) {
        lines.add(new Line(name, value));
    }

    boolean isLoaded() {
        return loaded;
    }

    List<Line> lines() {
        return lines;
    }

    private static String tasks() {
        try {
            VirtualThreads.scheduledBy(Runnable::run);
            return "virtual threads with a scheduler can be made";
        } catch (UnsupportedOperationException e) {
            return "NONE: " + e.getMessage();
        }
    }

    private static String there(int result) {
        return result >= 0 || result == -Errno.EAGAIN ? "there" : "not there: " + Errno.name(-result);
    }

    private static String processDescriptor() {
        int result = Descriptors.processDescriptor((int) ProcessHandle.current().pid());
        if (result >= 0) {
            Descriptors.close(result);
        }
        return there(result) + (result >= 0 ? "" : "; a thread waits for the end of each process");
    }

    /** Reads an empty pipe, without waiting. */
    private static String readNow() {
        try (Scratch scratch = new Scratch(Long.BYTES)) {
            int result = Descriptors.pipe(scratch.address());
            if (result < 0) {
                return "not tried: pipe2: " + Errno.name(-result);
            }
            int reader = scratch.getInt(0);
            int writer = scratch.getInt(1);
            result = Descriptors.readNow(reader, scratch.address(), 1);
            Descriptors.close(reader);
            Descriptors.close(writer);
            return there(result)
                    + (result == -Errno.EAGAIN ? "" : "; a pipe that others made blocking is polled first");
        }
    }
}
