package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import io.stepoll.support.Way;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A loop closes the standard streams of a process. Their numbers are not used again, or what is printed goes astray.
 */
@Timeout(60)
class StandardStreamsTest {
    @ParameterizedTest
    @EnumSource
    void closed(Way way) throws Exception {
        Process child = ChildJvm.builder(List.of(), CloseStandardStreams.class.getName(), way.name()).start();
        try {
            byte[] output = child.getInputStream().readAllBytes();
            assertEquals("before", new String(output, StandardCharsets.UTF_8), "what was printed to the pipe");
            String errors = new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, child.waitFor(), () -> "of the numbers 0 to 2 so many are not /dev/null; " + errors);
        } finally {
            child.destroyForcibly().waitFor();
        }
    }
}
