package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example of docs/metrics.md prints what the page shows: the same names, with other numbers. */
@Timeout(120)
class ObservedTest {
    @Test
    void theNumbersAreThoseOfTheLoad() throws Exception {
        try (ExampleProcess example = ExampleProcess.start("Observed")) {
            String output = String.join("\n", example.lines().toList());
            assertEquals(0, example.awaitEnd(), example::errors);
            assertTrue(output.contains("\n  TCP_BYTES_IN 100000\n"), output);
            // The client may have the last answer before the loop has counted it.
            assertTrue(Pattern.compile("\n  TCP_BYTES_OUT (99900|100000)\n").matcher(output).find(), output);
            assertTrue(Pattern.compile("\"serve tcp:.*waits for recv on tcp:.*EchoServer.echo").matcher(output).find(),
                    output);
            for (String line : shown()) {
                String name = line.strip().split(" ")[0];
                assertTrue(output.contains(name), () -> name + " is on the page, and not in\n" + output);
            }
        }
    }

    /** The snapshot on the page. */
    private static List<String> shown() throws Exception {
        String page = Files.readString(Path.of("docs/metrics.md"));
        String block = page.substring(page.indexOf("has printed, for a thousand messages")).split("```")[1];
        List<String> lines = block.lines().filter(line -> line.startsWith("  ")).toList();
        assertTrue(lines.size() > 8, block);
        return lines;
    }
}
