package io.stepoll.diagnostics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DiagnosticsTest {
    @Test
    void theReportNamesWhatAReaderAsksForAndAllPasses() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean passed = Diagnostics.report(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        String report = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(passed, report);
        assertFalse(report.contains("unknown: "), report);
        for (String line : List.of("JVM ", "kernel ", "C library ", "open files ", "somaxconn ", "epoll_pwait2 ",
                "TCP echo ")) {
            assertTrue(report.contains("\n  " + line), () -> line + " is not in\n" + report);
        }
        String somaxconn = Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")).getFirst();
        assertTrue(report.lines().anyMatch(line -> line.matches(" +somaxconn +" + somaxconn)), report);
    }

    @Test
    void withoutANativePartTheReportSaysWhy() throws Exception {
        ChildJvm.Ended result = ChildJvm.run(List.of("-Dstepoll.library=/nowhere/libstepoll.so"), Diagnostics.class);
        assertEquals(1, result.status(), result::toString);
        assertTrue(result.output().lines().anyMatch(line -> line.matches(" +library +FAILED: .*/nowhere/.*")),
                result::toString);
        assertTrue(result.output().contains("open files"), result::toString);
    }
}
