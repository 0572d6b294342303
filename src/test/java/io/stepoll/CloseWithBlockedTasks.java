package io.stepoll;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A child's main: closes a loop that has a task blocked on a monitor, one in java.net and one in Thread.sleep; then
 * virtual threads of the process that have nothing to do with it contend for monitors, sleep and read, as ever.
 */
public final class CloseWithBlockedTasks {
    private static final int THREADS = 20;
    private static final int ROUNDS = 200;
    private static final long LIMIT_SECONDS = 120;

    private CloseWithBlockedTasks() {}

    /** Prints what works. */
    public static void main(String[] arguments) throws Exception {
        Object lock = new Object();
        CountDownLatch ended = new CountDownLatch(3);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket silent = new Socket(server.getInetAddress(), server.getLocalPort())) {
            EventLoop loop = EventLoop.open();
            synchronized (lock) {
                // Stepped on another thread: this one holds the monitor.
                Thread looping = Thread.ofPlatform().start(() -> {
                    loop.spawn(() -> {
                        synchronized (lock) {
                            ended.countDown();
                        }
                    });
                    loop.spawn(() -> counting(ended, () -> silent.getInputStream().read()));
                    loop.spawn(() -> counting(ended, () -> Thread.sleep(3_600_000))); // what close ends
                    for (int i = 0; i < 10; i++) {
                        loop.step(false);
                    }
                    loop.close();
                });
                looping.join();
                unrelated();
            }
        }
        if (!ended.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(ended.getCount() + " tasks of the closed loop have not ended");
        }
        unrelated();
        System.out.println("all work");
    }

    private static void counting(CountDownLatch ended, BlockingInTasksTest.Action action) throws Exception {
        try {
            action.run();
        } finally {
            ended.countDown();
        }
    }

    /** Contended monitors, timed sleeps and blocking reads of virtual threads on the JDK's own scheduler. */
    private static void unrelated() throws Exception {
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
                    Thread.sleep(1); // the JDK's timed park is part of what has to work
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                done.countDown();
            });
        }
        if (!done.await(LIMIT_SECONDS, TimeUnit.SECONDS) || count[0] != THREADS * ROUNDS) {
            throw new AssertionError("unrelated virtual threads stand still: " + count[0]);
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
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
            });
            while (reader.getState() != Thread.State.WAITING && reader.isAlive()) {
                Thread.onSpinWait();
            }
            accepted.getOutputStream().write(5);
            if (!read.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("an unrelated blocking read stands still");
            }
        }
    }

    /** For a loop that does not step at all: is anything of the process carried by it? */
    static void checkUnrelated() throws Exception {
        unrelated();
    }
}
