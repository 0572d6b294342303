package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the time server as a user does, with channels of the JDK as clients. */
@Timeout(180)
class TimeServerTest {
    private static final int CLIENTS = 1000;
    private static final int TIMES = 25;

    /** Every fifth client hangs up early. At the end SIGTERM ends the server in order. */
    @Test
    void aThousandClients(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("time");
        try (ExampleProcess server = ExampleProcess.serve("TimeServer", "unix:" + path);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> lines = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int most = i % 5 == 0 ? i % TIMES : Integer.MAX_VALUE;
                lines.add(threads.submit(() -> receive(path, most)));
            }
            for (int i = 0; i < CLIENTS; i++) {
                assertEquals(i % 5 == 0 ? i % TIMES : TIMES, lines.get(i).get(), "times sent to client " + i);
            }
            server.terminate();
            assertFalse(Files.exists(path), "the file of the socket still exists");
        }
    }

    /** Returns how many times the client received until it hung up or got bye. */
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

    /** Two at once: each has a name of its own. */
    @Test
    void theDemoShowsThreeClientsAndEnds() throws Exception {
        try (ExampleProcess demo = ExampleProcess.start("Demo"); ExampleProcess other = ExampleProcess.start("Demo")) {
            assertDemoEnds(demo);
            assertDemoEnds(other);
        }
    }

    private static void assertDemoEnds(ExampleProcess demo) throws Exception {
        List<String> lines = demo.lines().toList();
        assertEquals(0, demo.awaitEnd(), demo::errors);
        for (int client = 1; client <= 3; client++) {
            String prefix = "client " + client + ": ";
            List<String> received = lines.stream().filter(line -> line.startsWith(prefix)).toList();
            assertEquals(TIMES + 1, received.size(), () -> String.join("\n", lines));
            assertEquals(prefix + "bye", received.getLast());
        }
        assertEquals("", demo.errors());
    }
}
