package io.stepoll.diagnostics;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.diagnostics.Diagnostics.Line;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/** Tries what a server uses, each on a loop of its own, in little more than no time. */
final class SelfTest {
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(10);
    private static final int MESSAGES = 100;
    private static final int MESSAGE_BYTES = 64;
    private static final long NANOS_PER_MICRO = 1000;

    private final List<Line> lines = new ArrayList<>();
    private boolean passed = true;

    SelfTest() {
        attempt("callback and timer", SelfTest::callbackAndTimer);
        attempt("submit", SelfTest::submit);
        attempt("tasks and a lock", SelfTest::lock);
        attempt("cancel", SelfTest::cancel);
        attempt("TCP echo", () -> echo("tcp:127.0.0.1:0"));
        attempt("Unix echo", () -> echo("unix:@stepoll-diagnostics-" + ProcessHandle.current().pid()));
    }

    boolean hasPassed() {
        return passed;
    }

    List<Line> lines() {
        return lines;
    }

    /** A part of the test. Says what it has seen. */
    private interface Attempt {
        String run() throws Exception;
    }

    private void attempt(String name, Attempt attempt) {
        try {
            lines.add(new Line(name, "ok, " + attempt.run()));
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            passed = false;
            lines.add(new Line(name, "FAILED: " + e));
        }
    }

    private static String callbackAndTimer() throws IOException {
        Set<String> ran = new TreeSet<>();
        try (EventLoop loop = EventLoop.open()) {
            loop.callLater(Duration.ofMillis(1), () -> ran.add("timer"));
            loop.callSoon(() -> ran.add("callback"));
            runUntilDone(loop);
        }
        check(ran.equals(Set.of("callback", "timer")), "only these ran: " + ran);
        return "both ran";
    }

    private static String submit() throws InterruptedException, IOException {
        try (EventLoop loop = EventLoop.open()) {
            Thread submits = new Thread(() -> loop.callSoon(loop::stop), "stepoll-diagnostics");
            long beganNanos = System.nanoTime();
            submits.start();
            boolean[] late = {false};
            loop.callLater(LONG_ENOUGH, () -> {
                late[0] = true;
                loop.stop();
            });
            loop.run();
            submits.join();
            if (late[0]) {
                throw new TimedOutException();
            }
            return "a sleeping loop ran it " + (System.nanoTime() - beganNanos) / NANOS_PER_MICRO
                    + " us after the start of its thread";
        }
    }

    private static String lock() throws Exception {
        Semaphore lock = new Semaphore(0);
        try (EventLoop loop = EventLoop.open()) {
            Task<String> waits = loop.spawn(() -> {
                lock.acquire();
                return "one waited for a lock of the JDK while the other ran";
            });
            loop.spawn(() -> {
                loop.sleep(Duration.ofMillis(1));
                lock.release();
            });
            runUntilDone(loop);
            return waits.join();
        }
    }

    private static String cancel() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<Void> sleeps = loop.spawn(() -> loop.sleep(LONG_ENOUGH.multipliedBy(2)));
            loop.callSoon(() -> loop.callSoon(sleeps::cancel));
            runUntilDone(loop);
            try {
                sleeps.join();
                throw new IOException("the task slept on");
            } catch (CancellationException e) {
                return "it ended a sleep";
            }
        }
    }

    private static String echo(String address) throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, Addresses.parse(address))) {
            loop.spawn(() -> {
                try (StreamSocket socket = listener.accept()) {
                    ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE_BYTES);
                    while (socket.read(buffer.clear()) >= 0) {
                        socket.write(buffer.flip());
                    }
                }
            });
            Task<Long> client = loop.spawn(() -> ask(loop, listener.localAddress()));
            runUntilDone(loop);
            return MESSAGES + " messages, " + client.join() / NANOS_PER_MICRO / MESSAGES + " us each, not warmed up";
        }
    }

    private static long ask(EventLoop loop, SocketAddress address) throws IOException {
        try (StreamSocket socket = StreamSocket.connect(loop, address)) {
            ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
            long beganNanos = System.nanoTime();
            for (int i = 0; i < MESSAGES; i++) {
                message.clear().putInt(0, i);
                socket.write(message);
                message.clear();
                while (message.hasRemaining()) {
                    if (socket.read(message) < 0) {
                        throw new IOException("the peer has closed");
                    }
                }
                check(message.getInt(0) == i, "another message came back");
            }
            return System.nanoTime() - beganNanos;
        }
    }

    private static void runUntilDone(EventLoop loop) throws TimedOutException {
        boolean[] late = {false};
        loop.callLater(LONG_ENOUGH, () -> {
            late[0] = true;
            loop.stop();
        }).setDaemon(true);
        loop.runUntilDone();
        if (late[0]) {
            throw new TimedOutException();
        }
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalStateException(message);
        }
    }

    private static final class TimedOutException extends IOException {
        private static final long serialVersionUID = 1;

        TimedOutException() {
            super("nothing happened for " + LONG_ENOUGH);
        }
    }
}
