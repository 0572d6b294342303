package io.stepoll.internal.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The polls and the writes to the eventfd that a loop counts are those that strace(1) sees. */
@Timeout(120)
class CountedPollsTest {
    @TempDir
    Path folder;

    @Test
    void theKernelSeesAsManyCalls() throws Exception {
        assumeTrue(mayTrace(), "there is no strace here, or it may not trace");
        Path trace = folder.resolve("trace");
        String output = ChildJvm.runWell(List.of(), builder -> {
            List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-e", "signal=none", "-e",
                    "trace=epoll_wait,epoll_pwait,epoll_pwait2,epoll_create1,eventfd2,write,close", "-o",
                    trace.toString()));
            command.addAll(builder.command());
            builder.command(command);
        }, CountedPolls.class);
        long fd = number(output, "fd");
        long counted = number(output, "polls");
        assertTrue(counted > CountedPolls.SUBMITS / 2, output);
        Pattern poll = Pattern.compile("^\\d+ +epoll_p?wait2?\\(" + fd + ",.*");
        assertEquals(counted, count(trace, "epoll_create1", fd, poll), output);
        long wakeUps = number(output, "wakeUps");
        assertTrue(wakeUps > 0, output);
        long eventfd = number(output, "eventfd");
        Pattern write = Pattern.compile("^\\d+ +write\\(" + eventfd + ", \"\\\\1.*"); // a 0 wakes nobody
        assertEquals(wakeUps, count(trace, "eventfd2", eventfd, write), output);
    }

    private static boolean mayTrace() throws Exception {
        try {
            return new ProcessBuilder("strace", "-qq", "-o", "/dev/null", "true").start().waitFor() == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    /** Counts the calls while the number is this descriptor's: before its open and after its close it is another's. */
    private static long count(Path trace, String opens, long fd, Pattern call) throws Exception {
        long calls = 0;
        boolean open = false;
        for (String line : Files.readAllLines(trace)) {
            open |= line.contains(opens) && line.endsWith("= " + fd);
            open &= !line.contains(" close(" + fd + ")");
            calls += open && call.matcher(line).matches() ? 1 : 0;
        }
        return calls;
    }

    private static long number(String output, String name) {
        Matcher found = Pattern.compile(name + "=(\\d+)").matcher(output);
        assertTrue(found.find(), output);
        return Long.parseLong(found.group(1));
    }
}
