package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the programs of docs/threads.md as a user does. */
@Timeout(180)
class ThreadsExamplesTest {
    @ParameterizedTest
    @ValueSource(strings = {"perLoop", "handingOver"})
    void groupServer(String way) throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("GroupServer", address, way)) {
            for (int i = 0; i < 20; i++) {
                try (SocketChannel client = ClientChannels.connect(address)) {
                    ClientChannels.send(client, "client " + i);
                    client.shutdownOutput();
                    assertEquals("client " + i, ClientChannels.readAll(client));
                }
            }
            server.terminate();
        }
    }

    @Test
    void executors() throws Exception {
        try (ExampleProcess program = ExampleProcess.start("Executors")) {
            assertEquals(List.of("ran on work-0", "later: 42", "waited in a task: PT0.01S",
                    "bytes: 17"), program.lines().toList());
            assertEquals(0, program.awaitEnd(), program::errors);
        }
    }

    /** The input comes only when all others have ended: nobody waits for it but the task that reads it. */
    @Test
    void waits() throws Exception {
        try (ExampleProcess program = ExampleProcess.start("Waits")) {
            Iterator<String> lines = program.lines().iterator();
            Set<String> others = new HashSet<>();
            while (others.size() < 4) {
                others.add(lines.next());
            }
            assertEquals(Set.of("process: HELLO", "status: 0", "fifo: from a FIFO", "locked: true"), others);
            program.endInput("five!");
            assertEquals("input: 5 bytes", lines.next());
            assertEquals(0, program.awaitEnd(), program::errors);
        }
    }
}
