package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.support.LogCapture;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/**
 * A loop is closed while other threads take the stack traces of its tasks, as a profiler or a thread dump does. While a
 * stack is walked its task cannot go on: its continuation comes a moment later, from the walker. All the same the tasks
 * end on their loop.
 */
@Timeout(120)
class CloseUnderStackWalkerTest {
    private static final int TASKS = 20;
    private static final int WALKERS = 2;
    private static final Duration DAY = Duration.ofDays(1);

    private final ConcurrentLinkedQueue<String> elsewhere = new ConcurrentLinkedQueue<>();
    private final List<Task<?>> tasks = new ArrayList<>();
    private volatile boolean walking = true;

    /** Waits until a cancel, and a moment more in its cleanup. */
    private void spawn(EventLoop loop, String name, TaskBody wait) {
        tasks.add(loop.spawn(name, () -> {
            try {
                wait.run();
            } finally {
                Thread.yield();
                if (EventLoop.current() != loop) {
                    elsewhere.add(name);
                }
            }
            return null;
        }));
    }

    @RepeatedTest(8)
    void allTasksEndOnTheLoop() throws Exception {
        List<Thread> walkers = new ArrayList<>();
        try (LogCapture log = new LogCapture(); ServerSocket server = new ServerSocket(0, 1,
                InetAddress.getLoopbackAddress()); Socket silent = new Socket(server.getInetAddress(),
                        server.getLocalPort())) {
            try (EventLoop loop = EventLoop.open()) {
                spawnAll(loop, silent);
                loop.step(false);
                loop.step(false);
                CountDownLatch begun = new CountDownLatch(WALKERS);
                for (int i = 0; i < WALKERS; i++) {
                    walkers.add(Thread.ofPlatform().start(() -> walk(begun)));
                }
                begun.await();
            } finally {
                walking = false;
            }
            for (Thread walker : walkers) {
                walker.join();
            }
            for (Task<?> task : tasks) {
                task.thread().join(); // of those that were left behind
            }
            assertEquals(List.of(), log.messages().stream().filter(text -> text.contains("was closed")).toList());
            assertEquals(List.of(), List.copyOf(elsewhere));
        }
    }

    private void spawnAll(EventLoop loop, Socket silent) {
        ReentrantLock lock = new ReentrantLock();
        Object monitor = new Object();
        for (int i = 0; i < TASKS; i++) {
            spawn(loop, "sleeps", () -> loop.sleep(DAY));
            spawn(loop, "sleeps by the JDK", () -> Thread.sleep(DAY)); // the close ends the JDK's sleep
            spawn(loop, "parks", () -> {
                while (!Thread.currentThread().isInterrupted()) {
                    LockSupport.park();
                }
            });
            spawn(loop, "takes", () -> new SynchronousQueue<>().take());
            spawn(loop, "locks", () -> { // the first one has the lock, and no interrupt ends the waits of the rest
                lock.lock();
                try {
                    loop.sleep(DAY);
                } finally {
                    lock.unlock();
                }
            });
            spawn(loop, "synchronizes", () -> {
                synchronized (monitor) {
                    loop.sleep(DAY);
                }
            });
        }
        spawn(loop, "reads by the JDK", () -> silent.getInputStream().read());
    }

    private void walk(CountDownLatch begun) {
        while (walking) {
            for (Task<?> task : tasks) {
                task.thread().getStackTrace();
            }
            begun.countDown();
        }
    }
}
