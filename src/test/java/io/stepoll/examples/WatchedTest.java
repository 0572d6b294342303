package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the example with a watchdog as a user does. */
@Timeout(120)
class WatchedTest {
    @Test
    void theReportNamesTheCallback() throws Exception {
        try (ExampleProcess example = ExampleProcess.start("Watched")) {
            List<String> lines = example.lines().toList();
            assertEquals(0, example.awaitEnd(), example::errors);
            assertTrue(lines.getFirst().startsWith("the event loop web, on Thread[#"), lines::toString);
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("\tat ") && line.contains("Watched.")),
                    lines::toString);
        }
    }
}
