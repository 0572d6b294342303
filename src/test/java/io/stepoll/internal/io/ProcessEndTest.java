package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ChildProcess;
import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.threads.Workers;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.Looks;
import io.stepoll.support.VirtualTimeFixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ends of processes as descriptors of a loop, and what processes do to their pipes. */
@Timeout(60)
class ProcessEndTest extends VirtualTimeFixture {
    private static final long CLOSE_ON_EXEC = 02000000;
    private static final int SIGNALLED = 128;
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;

    private ChildProcess shell(String script) throws Exception {
        return loop.startProcess(new ProcessBuilder("sh", "-c", script));
    }

    private static void signal(String name, Process process) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor());
    }

    private static byte[] readAll(ChildProcess process) throws IOException {
        return process.output().inputStream().readAllBytes();
    }

    private static char state(Process process) throws IOException {
        String status = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return status.charAt(status.lastIndexOf(')') + 2);
    }

    /** Most of them have ended before the wait, and some even before their end could be opened. */
    @Test
    void eachStatusIsTheProcessesOwn() throws Exception {
        inTask(() -> {
            for (int status = 0; status < 30; status++) {
                try (ChildProcess process = shell("exit " + status)) {
                    assertEquals(status, process.awaitEnd());
                    assertEquals(status, process.awaitEnd(), "again");
                    assertEquals(status, process.process().onExit().join().exitValue());
                    assertFalse(Files.exists(Path.of("/proc/" + process.process().pid())), "a zombie");
                }
            }
            return null;
        });
    }

    @Test
    void severalTasksWaitForOneEnd() throws Exception {
        inTask(() -> {
            try (ChildProcess process = shell("read line; exit 3")) {
                Task<Integer> first = loop.spawn(process::awaitEnd);
                Task<Integer> second = loop.spawn(process::awaitEnd);
                loop.sleep(HOUR);
                assertSame(Task.State.RUNNING, first.state());
                assertSame(Task.State.RUNNING, second.state());
                process.input().close();
                assertEquals(3, first.join());
                assertEquals(3, second.join());
            }
            return null;
        });
    }

    @Test
    void aProcessThatIsKilled() throws Exception {
        inTask(() -> {
            try (ChildProcess process = shell("kill -KILL $$")) {
                assertEquals(SIGNALLED + SIGKILL, process.awaitEnd());
            }
            try (ChildProcess process = loop.startProcess(new ProcessBuilder("sleep", "600"))) {
                Task<Integer> wait = loop.spawn(process::awaitEnd);
                loop.sleep(SECOND);
                process.process().destroy();
                assertEquals(SIGNALLED + SIGTERM, wait.join());
            }
            return null;
        });
    }

    @Test
    void aDeadlineAndACancelLeaveTheProcessAlone() throws Exception {
        inTask(() -> {
            try (ChildProcess process = loop.startProcess(new ProcessBuilder("sleep", "600"))) {
                DeadlineExceededException exceeded = assertThrows(DeadlineExceededException.class,
                        () -> loop.within(MINUTE, process::awaitEnd));
                assertInstanceOf(InterruptedIOException.class, exceeded.getCause());
                Task<Integer> cancelled = loop.spawn(process::awaitEnd);
                loop.sleep(SECOND);
                cancelled.cancel();
                loop.sleep(SECOND);
                assertSame(Task.State.CANCELLED, cancelled.state());
                assertTrue(process.process().isAlive());
                process.process().destroyForcibly();
                assertEquals(SIGNALLED + SIGKILL, process.awaitEnd());
            }
            return null;
        });
    }

    /** A stop is no end, and neither is going on. */
    @Test
    void aProcessThatIsStopped() throws Exception {
        inTask(() -> {
            try (ChildProcess process = shell("kill -STOP $$; exit 5")) {
                loop.offload(() -> {
                    Looks.until(() -> state(process.process()) == 'T');
                    return null;
                });
                assertThrows(DeadlineExceededException.class, () -> loop.within(HOUR, process::awaitEnd));
                loop.offload(() -> {
                    signal("CONT", process.process());
                    return null;
                });
                assertEquals(5, process.awaitEnd());
            }
            return null;
        });
    }

    @Test
    void aProcessThatClosesItsOutputEarly() throws Exception {
        inTask(() -> {
            try (ChildProcess process = shell("echo first; exec >&- 2>&-; read line; exit 4")) {
                assertEquals("first\n", new String(readAll(process), StandardCharsets.UTF_8));
                assertEquals(-1, process.errors().read(ByteBuffer.allocate(1)));
                assertTrue(process.process().isAlive());
                process.input().write(ByteBuffer.wrap(new byte[] {'\n'}));
                assertEquals(4, process.awaitEnd());
            }
            return null;
        });
    }

    /**
     * Far more than a pipe takes. The reader of the output waits for the reader of the errors, and the loop goes on.
     */
    @Test
    void aProcessThatFloodsItsErrors() throws Exception {
        inTask(() -> {
            String script = "head -c 3000000 /dev/zero >&2; echo done";
            try (ChildProcess process = shell(script)) {
                Task<byte[]> output = loop.spawn(() -> readAll(process));
                assertThrows(DeadlineExceededException.class, () -> loop.within(HOUR, process::awaitEnd));
                assertSame(Task.State.RUNNING, output.state(), "nobody reads the errors");
                assertEquals(3_000_000, process.errors().inputStream().readAllBytes().length);
                assertEquals("done\n", new String(output.join(), StandardCharsets.UTF_8));
                assertEquals(0, process.awaitEnd());
            }
            return null;
        });
    }

    @Test
    void aProcessThatLivesOnAfterTheClose() throws Exception {
        inTask(() -> {
            ChildProcess process = shell("cat; exec sleep 600");
            Task<Integer> wait = loop.spawn(process::awaitEnd);
            loop.sleep(SECOND);
            process.close();
            assertInstanceOf(ClosedChannelException.class, assertThrows(Exception.class, wait::join).getCause());
            assertThrows(ClosedChannelException.class, process::awaitEnd);
            assertTrue(process.process().isAlive());
            process.process().destroy();
            process.process().waitFor();
            assertEquals(SIGNALLED + SIGTERM, process.awaitEnd(), "its end is known by now");
            return null;
        });
    }

    /** A grandchild has the pipe as well, so the output has no end when the process has one. */
    @Test
    void aProcessWhoseChildLivesOn() throws Exception {
        inTask(() -> {
            try (ChildProcess process = shell("sleep 600 & echo $!; exit 6")) {
                BufferedReader lines = new BufferedReader(new InputStreamReader(process.output().inputStream(),
                        StandardCharsets.UTF_8));
                long grandchild = Long.parseLong(lines.readLine());
                assertEquals(6, process.awaitEnd());
                assertThrows(DeadlineExceededException.class, () -> loop.within(HOUR, lines::readLine));
                ProcessHandle.of(grandchild).orElseThrow().destroy();
                assertEquals(-1, process.output().read(ByteBuffer.allocate(1)));
            }
            return null;
        });
    }

    /** A conversation by streams, as code that knows no loop has it. */
    @Test
    void streams() throws Exception {
        inTask(() -> {
            try (ChildProcess cat = loop.startProcess(new ProcessBuilder("cat"));
                    OutputStream out = cat.input().outputStream();
                    BufferedReader in = new BufferedReader(new InputStreamReader(cat.output().inputStream(),
                            StandardCharsets.UTF_8))) {
                for (int i = 0; i < 3; i++) {
                    out.write(("line " + i).getBytes(StandardCharsets.UTF_8));
                    out.write('\n');
                    assertEquals("line " + i, in.readLine());
                }
                assertThrows(IndexOutOfBoundsException.class, () -> out.write(new byte[2], 1, 2));
                assertThrows(IndexOutOfBoundsException.class,
                        () -> cat.output().inputStream().read(new byte[2], -1, 2));
                assertEquals(0, cat.output().inputStream().read(new byte[0]));
                cat.input().close();
                assertFalse(cat.input().isOpen());
                assertEquals(-1, cat.output().inputStream().read());
                assertEquals(0, cat.awaitEnd());
            }
            return null;
        });
    }

    @Test
    void eachDescriptorClosesOnExec() throws Exception {
        inTask(() -> {
            DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
            try (ChildProcess cat = loop.startProcess(new ProcessBuilder("cat"))) {
                List<String> opened = DescriptorLeaks.difference(before);
                assertEquals(4, opened.size(), opened::toString);
                for (String each : opened) {
                    String number = each.substring(0, each.indexOf(' '));
                    String flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + number)).stream()
                            .filter(line -> line.startsWith("flags:")).findFirst().orElseThrow();
                    assertTrue((Long.parseLong(flags.substring("flags:".length()).strip(), 8) & CLOSE_ON_EXEC) != 0,
                            each);
                }
                cat.process().destroy();
                assertEquals(SIGNALLED + SIGTERM, cat.awaitEnd());
            }
            assertEquals(List.of(), DescriptorLeaks.difference(before));
            return null;
        });
    }

    @Test
    void theLoopsCloseEndsAllOfIt() throws Exception {
        Process process = inTask(() -> loop.startProcess(new ProcessBuilder("cat")).process());
        loop.close();
        assertEquals(0, process.waitFor(), "it has read the end of its input");
    }

    @Test
    void aCallbackDoesNotWait() throws Exception {
        ChildProcess cat = inTask(() -> loop.startProcess(new ProcessBuilder("cat")));
        assertThrows(IllegalStateException.class, cat::awaitEnd);
        cat.input().close();
        assertEquals(0, inTask(cat::awaitEnd));
        assertEquals(0, cat.awaitEnd(), "nothing is left to wait for");
        cat.close();
    }

    /** Callbacks at the end, before, beside and after it, each once, on the loop. */
    @Test
    void callbacksAtTheEnd() throws Exception {
        List<String> told = new ArrayList<>();
        ChildProcess process = inTask(() -> shell("read line; exit 9"));
        process.onEnd(status -> {
            assertSame(loop, EventLoop.current());
            assertNull(Task.current());
            told.add("first " + status);
        });
        process.onEnd(status -> told.add("second " + status));
        assertFalse(loop.step(false).done(), "it keeps the loop from being done");
        process.input().close();
        loop.runUntilDone();
        assertEquals(List.of("first 9", "second 9"), told.stream().sorted().toList());
        process.onEnd(status -> told.add("late " + status));
        assertEquals(2, told.size(), "not within the call");
        loop.runUntilDone();
        assertEquals("late 9", told.get(2));
        process.close();
    }

    /** A callback that fails is reported as any callback, and none comes after the close. */
    @Test
    void callbacksThatFailOrNeverCome() throws Exception {
        loop.close();
        List<Object> failed = new ArrayList<>();
        loop = EventLoop.builder().failureHandler((callback, thrown) -> failed.add(callback)).open();
        ChildProcess process = inTask(() -> shell("read line"));
        IntConsumer failing = status -> {
            throw new IllegalStateException();
        };
        process.onEnd(failing);
        process.input().close();
        loop.runUntilDone();
        assertEquals(List.of(failing), failed);
        ChildProcess closed = inTask(() -> loop.startProcess(new ProcessBuilder("sleep", "600")));
        closed.onEnd(failing);
        loop.step(false);
        closed.close();
        loop.runUntilDone();
        closed.process().destroyForcibly().waitFor();
        assertEquals(1, failed.size());
        assertThrows(NullPointerException.class, () -> process.onEnd(null));
    }

    /** Signals go to the process, stop it and end it; to one that has ended none goes. */
    @Test
    void signals() throws Exception {
        inTask(() -> {
            try (ChildProcess process = shell("trap 'echo hung up' HUP; echo ready; while :; do read line; done")) {
                BufferedReader lines = new BufferedReader(new InputStreamReader(process.output().inputStream(),
                        StandardCharsets.UTF_8));
                assertEquals("ready", lines.readLine());
                assertTrue(process.signal("HUP"));
                process.input().write(ByteBuffer.wrap(new byte[] {'\n'}));
                assertEquals("hung up", lines.readLine());
                assertTrue(process.signal("STOP"));
                loop.offload(() -> {
                    Looks.until(() -> state(process.process()) == 'T');
                    return null;
                });
                assertTrue(process.signal("CONT"));
                assertTrue(process.signal("KILL"));
                assertEquals(SIGNALLED + SIGKILL, process.awaitEnd());
                assertFalse(process.signal("KILL"));
                String message = assertThrows(IllegalArgumentException.class, () -> process.signal("SIGTERM"))
                        .getMessage();
                assertTrue(message.startsWith("SIGTERM is no signal"), message);
            }
            return null;
        });
    }

    @Test
    void aSignalAfterTheClose() throws Exception {
        inTask(() -> {
            ChildProcess process = loop.startProcess(new ProcessBuilder("sleep", "600"));
            process.close();
            assertThrows(ClosedChannelException.class, () -> process.signal("TERM"));
            process.process().destroyForcibly().waitFor();
            assertFalse(process.signal("TERM"));
            return null;
        });
        ChildProcess other = inTask(() -> shell("exit 0"));
        assertInstanceOf(WrongThreadException.class, assertThrows(CompletionException.class, () ->
                CompletableFuture.runAsync(() -> assertNull(signalled(other)), Workers.executor()).join()).getCause());
        other.close();
    }

    private static Boolean signalled(ChildProcess process) {
        try {
            return process.signal("TERM");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
