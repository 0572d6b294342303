package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChildJvm;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Once a loop is open, no class of the library has to be loaded for what a server does. From a folder, a class that is
 * first used while the process has no descriptor left would be broken for ever. See {@link ServerOutOfDescriptors}.
 */
@Timeout(120)
class ServerOutOfDescriptorsTest {
    @Test
    void nothingIsBroken() throws Exception {
        ProcessBuilder java = ChildJvm.builder(List.of("-Xlog:class+load"), ServerOutOfDescriptors.class.getName());
        List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -n 200; exec \"$@\"", "sh"));
        limited.addAll(java.command());
        Process child = new ProcessBuilder(limited).redirectErrorStream(true).start();
        List<String> lines;
        try (BufferedReader output = child.inputReader()) {
            lines = output.lines().toList();
            assertEquals(0, child.waitFor());
        } finally {
            child.destroyForcibly().waitFor();
        }
        List<String> after = lines.subList(Math.max(0, lines.indexOf("EXHAUSTED")), lines.size());
        assertTrue(after.contains("OVER"), () -> String.join("\n", after));
        assertEquals(List.of(), after.stream().filter(line -> line.startsWith("BROKEN")
                || line.contains("NoClassDefFoundError") || line.contains("source: file:")).toList());
    }
}
