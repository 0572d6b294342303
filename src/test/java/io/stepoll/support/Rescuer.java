package io.stepoll.support;

import java.io.IOException;

/**
 * Watches a thread for a system call on one descriptor that does not return. If the thread stands there, the rescuer
 * notes that, and does what makes the call return: so a test of such a fault fails and does not hang.
 */
public final class Rescuer implements AutoCloseable {
    private static final int LOOKS = 50;

    private final KernelThread watched;
    private final String argument;
    private final Runnable rescue;
    private final Thread thread;
    private volatile boolean over;
    private volatile String stood = "";

    /** Watches the calling thread. */
    public Rescuer(int fd, Runnable rescue) throws IOException {
        watched = KernelThread.current();
        argument = " 0x" + Integer.toHexString(fd) + " ";
        this.rescue = rescue;
        thread = Thread.ofPlatform().start(this::watch);
    }

    private void watch() {
        int looks = 0;
        String last = "";
        while (!over) {
            String call = call();
            String arguments = call.substring(0, Math.max(0, call.lastIndexOf(' ')));
            looks = call.contains(argument) && arguments.equals(last) ? looks + 1 : 0;
            last = arguments;
            if (looks == LOOKS) {
                stood += call + "; ";
                rescue.run();
                looks = 0;
            }
            try {
                Thread.sleep(1); // the kernel gives no notice
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private String call() {
        try {
            return watched.systemCall();
        } catch (IOException e) {
            return "";
        }
    }

    /** The system calls in which the thread stood, by their numbers and arguments; empty for none. */
    public String stood() {
        return stood;
    }

    @Override
    public void close() {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by the timeout of the test, which fails it anyway
        }
    }
}
