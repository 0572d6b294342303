package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Programs;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers are restarted under clients that connect, ask and check in a closed loop: no request fails. */
@Timeout(300)
class RestartTest {
    private static final int CLIENTS = 4;
    private static final int RESTARTS = 3;
    private static final int ANSWERS_BETWEEN = 200;

    @TempDir
    private Path folder;

    /** Clients, until they are closed. What fails is kept, and is to be nothing. */
    private static final class Load implements AutoCloseable {
        final AtomicInteger answers = new AtomicInteger();
        final Set<String> processes = new ConcurrentSkipListSet<>();
        private final List<Future<?>> clients = new ArrayList<>();
        private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        private volatile boolean over;

        Load(String address) {
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                clients.add(threads.submit(() -> {
                    for (int request = 0; !over; request++) {
                        processes.add(ask(address, "/" + client + "/" + request));
                        answers.incrementAndGet();
                    }
                    return null;
                }));
            }
        }

        /** Goes on until so many more answers have come, or a client has failed. */
        void await(int more) throws Exception {
            int enough = answers.get() + more;
            while (answers.get() < enough) {
                for (Future<?> client : clients) {
                    if (client.isDone()) {
                        client.get();
                    }
                }
                Thread.sleep(1);
            }
        }

        /** Ends all, and throws what any has failed with. */
        void end() throws Exception {
            over = true;
            for (Future<?> client : clients) {
                client.get();
            }
        }

        @Override
        public void close() {
            over = true;
            threads.close();
        }
    }

    /** One request on a connection of its own. Returns the process that has answered. */
    private static String ask(String address, String path) throws IOException {
        try (SocketChannel channel = ClientChannels.connect(address)) {
            ClientChannels.send(channel, "GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
            channel.shutdownOutput();
            String answer = ClientChannels.readAll(channel);
            assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.contains("\r\n\r\n" + path + " "),
                    () -> path + ": " + answer);
            return answer.substring(answer.lastIndexOf(' ') + 1).strip();
        }
    }

    private void handOverUnderLoad(String address) throws Exception {
        String place = "unix:" + folder.resolve("meet");
        ExampleProcess server = ExampleProcess.serve("RestartableServer", address, place);
        try (Load load = new Load(address)) {
            load.await(ANSWERS_BETWEEN);
            for (int i = 0; i < RESTARTS; i++) {
                ExampleProcess successor = ExampleProcess.serve("RestartableServer", address, place);
                assertEquals(0, server.awaitEnd(), server::errors);
                assertEquals("", server.errors());
                server.close();
                server = successor;
                load.await(ANSWERS_BETWEEN);
            }
            load.end();
            assertEquals(RESTARTS + 1, load.processes.size(), load.processes::toString);
            server.terminate();
            assertFalse(Files.exists(folder.resolve("meet")), "the file of the meeting place is left");
        } finally {
            server.close();
        }
    }

    @Test
    void handedOverOnTcp() throws Exception {
        handOverUnderLoad(ExampleProcess.freeTcpAddress());
    }

    @Test
    void handedOverOnAUnixSocket() throws Exception {
        handOverUnderLoad("unix:" + folder.resolve("serve"));
    }

    /** What was left by a killed process is in nobody's way, and one that was killed is replaced as if it never was. */
    @Test
    void afterAKill() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        String place = "unix:" + folder.resolve("meet");
        ExampleProcess.serve("RestartableServer", address, place).close();
        assertTrue(Files.exists(folder.resolve("meet")));
        try (ExampleProcess server = ExampleProcess.serve("RestartableServer", address, place)) {
            ask(address, "/");
            server.terminate();
        }
    }

    /** Clients between two requests are told good-bye; one that has not asked yet is waited for. */
    @Test
    void clientsAtTheEnd() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("RestartableServer", address,
                        "unix:" + folder.resolve("meet"));
                SocketChannel idle = ClientChannels.connect(address);
                SocketChannel slow = ClientChannels.connect(address)) {
            ClientChannels.send(idle, "GET /idle HTTP/1.1\r\n\r\n");
            var lines = ClientChannels.lines(idle);
            while (!lines.readLine().startsWith("/idle ")) {
                // the lines before the body
            }
            server.beginToEnd();
            assertEquals(null, lines.readLine(), "the end, with nothing asked");
            ClientChannels.send(slow, "GET /slow HTTP/1.1\r\n\r\n");
            assertTrue(ClientChannels.readAll(slow).contains("Connection: close\r\n\r\n/slow "));
            assertEquals(0, server.awaitEnd(), server::errors);
            assertEquals("", server.errors());
        }
    }

    /** A client that never asks holds the drain; the second SIGTERM does not wait for that, and says who it was. */
    @Test
    void aSecondSignalAborts() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("RestartableServer", address,
                        "unix:" + folder.resolve("meet"));
                SocketChannel silent = ClientChannels.connect(address)) {
            ask(address, "/");
            server.beginToEnd();
            awaitRefusal(address);
            server.beginToEnd();
            assertEquals(0, server.awaitEnd(), server::errors);
            assertEquals("", ClientChannels.readAll(silent));
            String errors = server.errors();
            assertTrue(errors.contains("RestartableServer.read(") && errors.contains("waits for tcp:"), errors);
        }
    }

    private static void awaitRefusal(String address) throws Exception {
        try {
            while (true) {
                ClientChannels.connect(address).close();
                Thread.sleep(1);
            }
        } catch (IOException refused) {
            // The signal has been seen to.
        }
    }

    /** Two processes that are restarted in turn, each with an address of its own: HAProxy asks the other one. */
    @Test
    void behindHaproxy() throws Exception {
        assumeTrue(Programs.has("haproxy"), "there is no haproxy");
        String front = ExampleProcess.freeTcpAddress();
        String[] backs = {ExampleProcess.freeTcpAddress(), ExampleProcess.freeTcpAddress()};
        Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), """
                defaults
                    mode http
                    timeout connect 10s
                    timeout client 60s
                    timeout server 60s
                    retries 5
                    option redispatch 1
                    retry-on conn-failure empty-response
                frontend front
                    bind %s
                    default_backend servers
                backend servers
                    balance roundrobin
                    server one %s
                    server two %s
                """.formatted(bare(front), bare(backs[0]), bare(backs[1])));
        ExampleProcess[] servers = new ExampleProcess[backs.length];
        Process haproxy = null;
        try {
            for (int i = 0; i < servers.length; i++) {
                servers[i] = serveBehind(i, backs[i]);
            }
            haproxy = Programs.start("haproxy", "-db", "-q", "-f", configuration.toString());
            awaitListening(haproxy, front);
            try (Load load = new Load(front)) {
                load.await(ANSWERS_BETWEEN);
                for (int i = 0; i < RESTARTS * servers.length; i++) {
                    int turn = i % servers.length;
                    servers[turn].terminate();
                    servers[turn].close();
                    load.await(ANSWERS_BETWEEN);
                    servers[turn] = serveBehind(turn, backs[turn]);
                    load.await(ANSWERS_BETWEEN);
                }
                load.end();
                Set<String> all = new TreeSet<>(load.processes);
                assertEquals(servers.length * (1 + RESTARTS), all.size(), all::toString);
            }
        } finally {
            if (haproxy != null) {
                haproxy.destroy();
                Programs.end(haproxy);
            }
            for (ExampleProcess server : servers) {
                if (server != null) {
                    server.close();
                }
            }
        }
    }

    private ExampleProcess serveBehind(int number, String address) throws Exception {
        return ExampleProcess.serve("RestartableServer", address, "unix:" + folder.resolve("meet" + number));
    }

    private static String bare(String address) {
        return address.substring("tcp:".length());
    }

    /** Nothing tells when it listens. */
    private static void awaitListening(Process haproxy, String address) throws Exception {
        while (true) {
            try {
                ask(address, "/first");
                return;
            } catch (IOException notYet) {
                assertTrue(haproxy.isAlive(), "haproxy has ended");
                Thread.sleep(10);
            }
        }
    }
}
