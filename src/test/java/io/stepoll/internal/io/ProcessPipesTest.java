package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.ChildProcess;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes whose standard streams are descriptors of a loop. */
@Timeout(60)
class ProcessPipesTest {
    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private void inTask(TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    private static void write(Descriptor descriptor, String text) throws Exception {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            descriptor.write(bytes);
        }
    }

    private static String readAll(Descriptor descriptor) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
        while (descriptor.read(bytes) >= 0) {
            // Until the end.
        }
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }

    /** A task reads before another one writes. With the streams of Process the loop would wait for itself here. */
    @Test
    void aReadDoesNotHoldTheLoop() throws Exception {
        inTask(() -> {
            try (ChildProcess cat = loop.startProcess(new ProcessBuilder("cat"))) {
                Task<String> reader = loop.spawn(() -> readAll(cat.output()));
                loop.sleep(Duration.ofMillis(1));
                String text = "ä".repeat(200_000);
                write(cat.input(), text);
                cat.input().close();
                assertEquals(text, reader.join());
                assertEquals("", readAll(cat.errors()));
                assertEquals(0, cat.process().waitFor());
            }
        });
    }

    @Test
    void theEndOfAProcessAndItsErrors() throws Exception {
        inTask(() -> {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", "echo out; echo err >&2; exec true");
            try (ChildProcess shell = loop.startProcess(builder)) {
                assertEquals("out\n", readAll(shell.output()));
                assertEquals("err\n", readAll(shell.errors()));
                assertEquals(0, shell.process().waitFor());
                assertThrows(BrokenPipeException.class, () -> write(shell.input(), "late"));
            }
            try (ChildProcess shell = loop.startProcess(builder.redirectErrorStream(true))) {
                assertEquals("out\nerr\n", readAll(shell.output()));
                assertNull(shell.errors());
            }
        });
    }

    @Test
    void whatTheBuilderRedirectsStaysRedirected(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("in"), "from a file");
        ProcessBuilder builder = new ProcessBuilder("cat").redirectInput(file.toFile()).redirectError(Redirect.DISCARD);
        inTask(() -> {
            try (ChildProcess cat = loop.startProcess(builder)) {
                assertNull(cat.input());
                assertNull(cat.errors());
                assertEquals("from a file", readAll(cat.output()));
            }
        });
        assertEquals(Redirect.PIPE, builder.redirectOutput(), "the builder is as before");
        assertEquals(Redirect.DISCARD, builder.redirectError());
    }

    /** The process notices that nobody reads any more, and its end wakes nobody who is not there. */
    @Test
    void theCloseLetsTheProcessGo() throws Exception {
        inTask(() -> {
            Process process;
            try (ChildProcess yes = loop.startProcess(new ProcessBuilder("yes"))) {
                assertTrue(yes.output().read(ByteBuffer.allocate(10)) > 0);
                process = yes.process();
                assertTrue(process.isAlive());
            }
            process.waitFor();
            assertFalse(process.isAlive());
        });
    }

    /** No descriptor is left either; each test class is checked for that. */
    @Test
    void aProgramThatDoesNotExist() throws Exception {
        inTask(() -> {
            String message = assertThrows(IOException.class,
                    () -> loop.startProcess(new ProcessBuilder("/does/not/exist"))).getMessage();
            assertTrue(message.contains("/does/not/exist"), message);
        });
        assertThrows(IllegalStateException.class, () -> loop.startProcess(new ProcessBuilder("true")));
    }
}
