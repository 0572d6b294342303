package io.stepoll.internal.task;

import io.stepoll.EventLoop;
import io.stepoll.TaskBody;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The main class of a child process. It closes a loop that has one task blocked on a monitor, one in java.net and one
 * in Thread.sleep. Afterwards virtual threads that have nothing to do with the loop contend for monitors, sleep and
 * read as usual.
 */
public final class CloseWithBlockedTasks {
    private static final int THREADS = 20;
    private static final int ROUNDS = 200;
    private static final long LIMIT_SECONDS = 120;

    private CloseWithBlockedTasks() {}

    /** Prints {@code all work}, or fails. */
    public static void main(String[] arguments) throws Exception {
        Object lock = new Object();
        CountDownLatch ended = new CountDownLatch(3);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket silent = new Socket(server.getInetAddress(), server.getLocalPort())) {
            EventLoop loop = EventLoop.open();
            synchronized (lock) {
                // Another thread steps the loop, because this one holds the monitor.
                Thread stepper = Thread.ofPlatform().start(() -> {
                    loop.spawn(() -> {
                        synchronized (lock) {
                            ended.countDown();
                        }
                    });
                    loop.spawn(() -> counting(ended, () -> silent.getInputStream().read()));
                    loop.spawn(() -> counting(ended, () -> Thread.sleep(3_600_000))); // the close ends it
                    for (int i = 0; i < 10; i++) {
                        loop.step(false);
                    }
                    loop.close();
                });
                stepper.join();
                checkUnrelated();
            }
        }
        if (!ended.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(ended.getCount() + " tasks of the closed loop have not ended");
        }
        checkUnrelated();
        System.out.println("all work");
    }

    private static void counting(CountDownLatch ended, TaskBody action) throws Exception {
        try {
            action.run();
        } finally {
            ended.countDown();
        }
    }

    /** Checks that virtual threads on the JDK's own scheduler contend for monitors, sleep and do blocking reads. */
    public static void checkUnrelated() throws Exception {
        Object monitor = new Object();
        int[] count = new int[1];
        CountDownLatch done = new CountDownLatch(THREADS);
        for (int i = 0; i < THREADS; i++) {
            Thread.ofVirtual().start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    synchronized (monitor) {
                        count[0]++;
                        Thread.yield();
                    }
                }
                try {
                    Thread.sleep(1); // the JDK's timed park has to work, too
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                done.countDown();
            });
        }
        if (!done.await(LIMIT_SECONDS, TimeUnit.SECONDS) || count[0] != THREADS * ROUNDS) {
            throw new AssertionError("unrelated virtual threads do not go on: " + count[0]);
        }
        readInVirtualThread();
    }

    private static void readInVirtualThread() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            CountDownLatch read = new CountDownLatch(1);
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    if (client.getInputStream().read() == 5) {
                        read.countDown();
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            while (reader.getState() != Thread.State.WAITING && reader.isAlive()) {
                Thread.onSpinWait();
            }
            accepted.getOutputStream().write(5);
            if (!read.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("an unrelated blocking read does not end");
            }
        }
    }
}
