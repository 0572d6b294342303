package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example as a user runs it: plain java, the class path and an address; clients that are not of this library. */
@Timeout(180)
class TimeServerTest {
    private static final int CLIENTS = 1000;
    private static final int TIMES = 25;

    private static Process start(String example, Path errors, String... arguments) throws Exception {
        Path library = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED", "-cp", library + ":" + System.getProperty("examples.classes")));
        if (System.getProperty("stepoll.library") != null) {
            command.add(1, "-Dstepoll.library=" + System.getProperty("stepoll.library"));
        }
        command.add("io.stepoll.examples." + example);
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(errors.toFile()).start();
    }

    /** Every fifth client hangs up in the middle. The server ends by SIGTERM, in order. */
    @Test
    void aThousandClients(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("time");
        Path errors = folder.resolve("errors");
        Process server = start("TimeServer", errors, "unix:" + path);
        try (BufferedReader output = server.inputReader();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertEquals("READY", output.readLine(), () -> read(errors));
            List<Future<Integer>> lines = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int most = i % 5 == 0 ? i % TIMES : Integer.MAX_VALUE;
                lines.add(threads.submit(() -> receive(path, most)));
            }
            for (int i = 0; i < CLIENTS; i++) {
                assertEquals(i % 5 == 0 ? i % TIMES : TIMES, lines.get(i).get(), "times that client " + i + " was told");
            }
            server.destroy();
            assertTrue(server.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, server.exitValue());
            assertEquals("", read(errors));
            assertFalse(Files.exists(path), "the socket's file is left");
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** How many times it was told before it hung up, or heard bye. */
    private static int receive(Path path, int most) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            int times = 0;
            while (times < most) {
                String line = lines.readLine();
                if (line.equals("bye")) {
                    assertEquals(null, lines.readLine(), "more after bye");
                    return times;
                }
                assertTrue(line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\d"), line);
                times++;
            }
            return times;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void demoShowsThreeClientsAndEnds(@TempDir Path folder) throws Exception {
        Path errors = folder.resolve("errors");
        Process demo = start("Demo", errors);
        try {
            List<String> lines = demo.inputReader().lines().toList();
            assertTrue(demo.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, demo.exitValue(), () -> read(errors));
            for (int client = 1; client <= 3; client++) {
                String prefix = "client " + client + ": ";
                List<String> heard = lines.stream().filter(line -> line.startsWith(prefix)).toList();
                assertEquals(TIMES + 1, heard.size(), () -> String.join("\n", lines));
                assertEquals(prefix + "bye", heard.getLast());
            }
            assertEquals("", read(errors));
        } finally {
            demo.destroyForcibly().waitFor();
        }
    }

    @Test
    void badAddressIsOneLine(@TempDir Path folder) throws Exception {
        Path errors = folder.resolve("errors");
        Process server = start("TimeServer", errors, "nowhere");
        assertTrue(server.waitFor(60, TimeUnit.SECONDS));
        assertEquals(1, server.exitValue());
        assertEquals("TimeServer: \"nowhere\"; an address is unix:@name, unix:/path or tcp:host:port\n", read(errors));
    }
}
