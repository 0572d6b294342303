package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.Emulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The tests run on the JDK that {@code -Djdk.range} asks for, and the same JDK has compiled the library. Without this
 * a green run for [27,28) could have been a run on 25.
 */
class JdkRangeTest {
    /** Maven's notation: a parenthesis excludes its end, a missing number is no limit. Updates are left out: 25.0.3. */
    private static final Pattern RANGE = Pattern.compile("([\\[(])(\\d*)[\\d.]*,(\\d*)[\\d.]*([\\])])");

    private static boolean contains(String range, int feature) {
        Matcher parts = RANGE.matcher(range);
        assertTrue(parts.matches(), () -> "jdk.range is " + range + ", which is no range such as [27,28)");
        int least = parts.group(2).isEmpty() ? 0 : Integer.parseInt(parts.group(2));
        int most = parts.group(3).isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(parts.group(3));
        return (parts.group(1).equals("[") ? feature >= least : feature > least)
                && (parts.group(4).equals("]") ? feature <= most : feature < most);
    }

    @Test
    void ranges() {
        assertTrue(contains("[25,)", 25));
        assertTrue(contains("[25,)", 28));
        assertFalse(contains("[25,)", 24));
        assertTrue(contains("[27,28)", 27));
        assertFalse(contains("[27,28)", 25));
        assertFalse(contains("[27,28)", 28));
        assertTrue(contains("(26,27]", 27));
        assertFalse(contains("(26,27]", 26));
        assertTrue(contains("[25.0.3,25.0.3]", 25));
        assertFalse(contains("[25.0.3,25.0.3]", 26));
        assertThrows(AssertionError.class, () -> contains("27", 27));
    }

    @Test
    void theTestsRunOnTheJdkThatIsAskedFor() {
        String range = System.getProperty("jdk.range");
        Assumptions.assumeTrue(range != null, "no system property jdk.range: these tests do not run by Maven");
        assertTrue(contains(range, Runtime.version().feature()),
                () -> "jdk.range is " + range + ", and the tests run on " + Runtime.version());
    }

    /** The build asks the JDK that compiles for its home before it compiles anything. */
    @Test
    void theJdkThatHasCompiledRunsTheTests() throws Exception {
        Emulator.assumeNone("its JDK is one for another machine");
        Assumptions.assumeTrue(System.getProperty("jdk.range") != null,
                "no system property jdk.range: these tests do not run by Maven");
        String home = Files.readAllLines(Path.of("target/jdk.txt")).stream().map(String::strip)
                .filter(line -> line.startsWith("java.home = ")).findFirst().orElseThrow()
                .substring("java.home = ".length());
        assertEquals(home, System.getProperty("java.home"));
    }
}
