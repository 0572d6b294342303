package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.threads.PollersOffTheLoop;
import io.stepoll.soak.ParkedTasks;
import io.stepoll.support.ChildJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many tasks, and tasks in processes of their own. */
@Timeout(300)
class TasksTest {
    @Test
    void aHundredThousandParkedTasksFitIntoASmallHeap() throws Exception {
        assertEquals("100000 parked, 100000 ended\n",
                ChildJvm.runWell(List.of("-Xmx256m"), ParkedTasks.class, "100000"));
    }

    @Test
    void closingALoopHarmsNoOtherVirtualThread() throws Exception {
        assertEquals("all work\n", ChildJvm.runWell(List.of(), CloseWithBlockedTasks.class));
    }

    @Test
    void theLoopNeverCarriesThePollersOfTheJdk() throws Exception {
        assertEquals("all work\n", ChildJvm.runWell(List.of(), PollersOffTheLoop.class));
    }

    @Test
    void loggingTasksAndFailingCallbacksDoNotStopTheLoop() throws Exception {
        ChildJvm.Ended ended = ChildJvm.run(List.of(), LoggingTasks.class);
        assertEquals("24000 lines, contended true\n", ended.output(), ended::errors);
        long failures = ended.errors().lines()
                .filter(line -> line.contains("a callback of the event loop failed")).count();
        assertEquals(2400, failures);
    }

    /** While another thread takes stack traces, a wake is only a hint. Still none is lost, and none comes twice. */
    @Test
    void aMillionWakesUnderStackTraces() throws Exception {
        int count = 100;
        int rounds = 10_000;
        Duration nanosecond = Duration.ofNanos(1);
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tasks.add(loop.spawn(() -> {
                    int wakes = 0;
                    while (wakes < rounds) {
                        loop.sleep(nanosecond);
                        wakes++;
                    }
                    return wakes;
                }));
            }
            AtomicBoolean ended = new AtomicBoolean();
            long[] traces = new long[1];
            Thread tracer = Thread.ofPlatform().start(() -> {
                while (!ended.get()) {
                    for (Task<Integer> task : tasks) {
                        traces[0] += task.thread().getStackTrace().length;
                    }
                }
            });
            loop.runUntilDone();
            ended.set(true);
            tracer.join();
            int wakes = 0;
            for (Task<Integer> task : tasks) {
                wakes += task.join();
            }
            assertEquals(count * rounds, wakes);
            assertTrue(traces[0] > 0);
        }
    }
}
