package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.ChildJvm;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals that stop loops, beside what else a process does with signals. */
@Timeout(120)
class SignalStopsTest {
    /** A child that INT does not stop, as it was started with INT ignored; TERM stops it. */
    public static final class Ignoring {
        private Ignoring() {}

        public static void main(String[] arguments) throws Exception {
            try (EventLoop loop = EventLoop.open()) {
                loop.stopOnSignals();
                loop.callSoon(() -> System.out.println("READY"));
                loop.run();
            }
            System.out.println("stopped");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SEGV", "KILL", "QUIT", "USR2", "SIGTERM", "term", ""})
    void noSignalOfAProgram(String name) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            String message = assertThrows(IllegalArgumentException.class, () -> loop.stopOnSignals(name)).getMessage();
            assertTrue(message.startsWith(name + " is no signal") && message.contains("TERM"), message);
        }
    }

    @Test
    void nothingIsLeftOfTheThread() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (EventLoop loop = EventLoop.open()) {
                loop.stopOnSignals("URG", "WINCH");
            }
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("stepoll-signals")) {
                thread.join();
            }
        }
    }

    @Test
    void aHandlerThatIsPutOverTheLoopsStays() throws Exception {
        assertEquals(List.of("open: 1", "closed: 2", "further loop: stopped", "all closed: 3"),
                ChildJvm.runWell(List.of(), OtherSignalHandler.class).lines().toList());
    }

    @Test
    void anIgnoredSignalStaysIgnored() throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "--ignore-signal=INT"));
        Process probe = new ProcessBuilder("env", "--ignore-signal=INT", "true").redirectErrorStream(true).start();
        Assumptions.assumeTrue(probe.waitFor() == 0, "env has no --ignore-signal");
        ProcessBuilder builder = ChildJvm.builder(List.of(), Ignoring.class.getName());
        command.addAll(builder.command());
        // The command may have begun with an env of its own, which makes INT the default again.
        command.removeIf(word -> word.equals("--default-signal=INT"));
        Process child = builder.command(command).redirectErrorStream(true).start();
        try (BufferedReader reader = child.inputReader()) {
            assertEquals("READY", reader.readLine());
            for (String signal : List.of("INT", "TERM")) {
                assertTrue(child.isAlive());
                assertEquals(0, new ProcessBuilder("kill", "-" + signal, "" + child.pid()).start().waitFor());
                if (signal.equals("INT")) {
                    assertFalse(child.waitFor(200, TimeUnit.MILLISECONDS), "ended by INT");
                }
            }
            assertEquals("stopped", reader.readLine());
            assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        } finally {
            child.destroyForcibly().waitFor();
        }
    }
}
