package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the examples about time and tasks as a user does. */
@Timeout(120)
class TimeAndTasksTest {
    private static void prints(List<String> lines, String example) throws Exception {
        try (ExampleProcess process = ExampleProcess.start(example)) {
            assertEquals(lines, process.lines().toList(), process::errors);
            assertEquals(0, process.awaitEnd());
        }
    }

    @Test
    void timers() throws Exception {
        prints(List.of("PT0S: tick, missed 0", "PT10M: a task has slept", "PT50M: idle for half an hour",
                "PT1H: tick, missed 0", "PT3H25M: tick, missed 1", "PT4H: tick, missed 0"), "Timers");
    }

    @Test
    void deadlines() throws Exception {
        prints(List.of("no greeting", "the first: not done within PT0.2S", "the second: cancelled"), "Deadlines");
    }

    @Test
    void queues() throws Exception {
        prints(List.of("worker 1: job 1", "worker 2: job 2", "worker 2: done", "worker 1: done", "subscriber 2: news",
                "subscriber 1: news"), "Queues");
    }

    @Test
    void groups() throws Exception {
        prints(List.of("all: [mild in the north, mild in the south, mild in the west]",
                "failed: there is no nowhere", "first: mild in the west",
                "east has ended, mild in the east", "south has ended, mild in the south",
                "south-west has ended, mild in the south-west"), "Groups");
    }

    @Test
    void movingDeadline() throws Exception {
        prints(List.of("farewell", "500 bytes, at PT4M10.001S", "farewell", "not done within PT1M50S, at PT1H5M0.001S"),
                "MovingDeadline");
    }

    @Test
    void signals() throws Exception {
        try (ExampleProcess process = ExampleProcess.serve("Signals")) {
            process.signal("HUP");
            assertEquals("reloading", process.readLine());
            process.signal("URG");
            assertEquals("got URG", process.readLine());
            process.signal("USR1");
            assertEquals("got USR1", process.readLine());
            assertEquals(0, process.awaitEnd());
        }
    }

    @Test
    void streams() throws Exception {
        prints(List.of("3", "10", "reward"), "Streams");
    }
}
