package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.TaskResults;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A child's main: the wall clock jumps by hours, and then the whole process is stopped for a while. */
final class Jumps {
    private static final long YEAR_SECONDS = 365L * 24 * 60 * 60;
    private static final Duration SHORT = Duration.ofMillis(30);
    private static final Duration DUE = Duration.ofMillis(100);
    private static final int TIMERS = 5;

    private Jumps() {}

    public static void main(String[] arguments) throws Exception {
        wallClock();
        stopped();
        System.out.println("kept the time");
    }

    /** Timers, sleeps, timeouts and deadlines do not look at the wall clock. */
    private static void wallClock() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            for (long seconds : new long[] {YEAR_SECONDS, -2 * YEAR_SECONDS, YEAR_SECONDS}) {
                List<String> ran = new ArrayList<>();
                StreamSocket[] pair = StreamSocket.pair(loop);
                long wall = System.currentTimeMillis();
                long begun = System.nanoTime();
                loop.callLater(SHORT.dividedBy(2), () -> Surroundings.jump(seconds));
                loop.callLater(SHORT, () -> ran.add("timer"));
                TaskResults.of(loop, loop.spawn(() -> {
                    loop.sleep(SHORT);
                    ran.add("sleep");
                    assertThrows(SocketTimeoutException.class, () -> pair[0].read(ByteBuffer.allocate(1), SHORT));
                    assertThrows(DeadlineExceededException.class,
                            () -> loop.within(SHORT, () -> pair[0].read(ByteBuffer.allocate(1))));
                    return null;
                }));
                long tookNanos = System.nanoTime() - begun;
                long jumpedSeconds = (System.currentTimeMillis() - wall) / 1000;
                assertTrue(Math.abs(jumpedSeconds - seconds) < 60, () -> "the clock has moved by " + jumpedSeconds);
                assertTrue(tookNanos >= 3 * SHORT.toNanos(), () -> "took " + tookNanos + " ns");
                assertEquals(2, ran.size());
                for (StreamSocket socket : pair) {
                    socket.close();
                }
            }
        }
    }

    /** What has become due meanwhile runs in one step, the newest first. A periodic timer runs once, and counts. */
    private static void stopped() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            while (!stopped(loop)) {
                // The process was stopped too late. Timers that needed more than one step for ever end by the timeout.
            }
        }
    }

    private static boolean stopped(EventLoop loop) throws Exception {
        String script = "read go; kill -STOP $0; sleep 0.3; kill -CONT $0";
        Process stopper = new ProcessBuilder("/bin/sh", "-c", script, Long.toString(ProcessHandle.current().pid()))
                .start();
        List<Integer> ran = new ArrayList<>();
        Set<Long> steps = new HashSet<>();
        long[] late = new long[1];
        PeriodicTimer[] periodic = new PeriodicTimer[1];
        periodic[0] = loop.callAtFixedRate(Duration.ofMillis(10), Duration.ofMillis(10), () -> {
            if (ran.size() == TIMERS) {
                periodic[0].cancel();
            }
        });
        long begun = System.nanoTime();
        for (int i = 0; i < TIMERS; i++) {
            int number = i;
            loop.callLater(DUE.plusMillis(i), () -> {
                ran.add(number);
                steps.add(Loop.of(loop).reactor().steps());
                late[0] = System.nanoTime() - begun - DUE.toNanos();
            });
        }
        stopper.outputWriter().append("go\n").close();
        loop.runUntilDone();
        stopper.waitFor();
        if (late[0] < DUE.multipliedBy(3).dividedBy(2).toNanos() || steps.size() != 1) {
            return false; // the process was stopped after some of the timers, or only slow
        }
        assertEquals(List.of(4, 3, 2, 1, 0), ran);
        assertTrue(periodic[0].missedInAll() >= DUE.toMillis() / 10, () -> periodic[0].missedInAll() + " ticks missed");
        return true;
    }
}
