package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
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

/** Restarts servers while clients connect, ask and check the answer again and again. No request may fail. */
@Timeout(300)
class RestartTest {
    private static final int CLIENTS = 4;
    private static final int RESTARTS = 3;
    private static final int ANSWERS_BETWEEN = 200;

    @TempDir
    private Path folder;

    /** Clients that ask until {@link #close}. The first failure of each is kept, and fails the test. */
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

        /** Waits until so many more answers have come. Throws the failure of a client that has failed. */
        void await(int more) throws Exception {
            int enough = answers.get() + more;
            Looks.until(() -> {
                for (Future<?> client : clients) {
                    if (client.isDone()) {
                        client.get();
                    }
                }
                return answers.get() >= enough;
            });
        }

        /** Ends all clients. Throws the failure of a client that has failed. */
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

    /** Sends one request on a connection of its own. Returns the number of the process that has answered. */
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
            assertFalse(Files.exists(folder.resolve("meet")), "the file of the meeting place still exists");
        } finally {
            server.close();
        }
    }

    @Test
    void aHandoverOnTcp() throws Exception {
        handOverUnderLoad(ExampleProcess.freeTcpAddress());
    }

    @Test
    void aHandoverOnAUnixSocket() throws Exception {
        handOverUnderLoad("unix:" + folder.resolve("serve"));
    }

    /** A killed server leaves the file of the meeting place. The next server starts as if there had been none. */
    @Test
    void aStartAfterAKill() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        String place = "unix:" + folder.resolve("meet");
        ExampleProcess.serve("RestartableServer", address, place).close();
        assertTrue(Files.exists(folder.resolve("meet")));
        try (ExampleProcess server = ExampleProcess.serve("RestartableServer", address, place)) {
            ask(address, "/");
            server.terminate();
        }
    }

    /** The server ends clients between two requests, and waits for the first request of a client. */
    @Test
    void theEndWithConnectedClients() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("RestartableServer", address,
                        "unix:" + folder.resolve("meet"));
                SocketChannel idle = ClientChannels.connect(address);
                SocketChannel slow = ClientChannels.connect(address)) {
            ClientChannels.send(idle, "GET /idle HTTP/1.1\r\n\r\n");
            var lines = ClientChannels.lines(idle);
            while (!lines.readLine().startsWith("/idle ")) {
                // the head of the answer
            }
            server.sendTerm();
            assertEquals(null, lines.readLine(), "more than one answer");
            ClientChannels.send(slow, "GET /slow HTTP/1.1\r\n\r\n");
            assertTrue(ClientChannels.readAll(slow).contains("Connection: close\r\n\r\n/slow "));
            assertEquals(0, server.awaitEnd(), server::errors);
            assertEquals("", server.errors());
        }
    }

    /** A client that never asks holds up the drain. A second SIGTERM ends the drain and logs the task of the client. */
    @Test
    void aSecondSignalEndsTheDrain() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("RestartableServer", address,
                        "unix:" + folder.resolve("meet"));
                SocketChannel silent = ClientChannels.connect(address)) {
            ask(address, "/");
            server.sendTerm();
            awaitRefusal(address);
            server.sendTerm();
            assertEquals(0, server.awaitEnd(), server::errors);
            assertEquals("", ClientChannels.readAll(silent));
            String errors = server.errors();
            assertTrue(errors.contains("RestartableServer.read(") && errors.contains("waits for tcp:"), errors);
        }
    }

    /** Waits until the server has handled a signal: until its listener is closed. */
    private static void awaitRefusal(String address) throws Exception {
        Looks.until(() -> {
            try {
                ClientChannels.connect(address).close();
                return false;
            } catch (IOException refused) {
                return true;
            }
        });
    }

    /** Restarts two servers in turn, each with an address of its own. HAProxy asks the other one meanwhile. */
    @Test
    void behindHaproxy() throws Exception {
        assumeTrue(Programs.has("haproxy"), "haproxy is not installed");
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

    /** Asks until HAProxy answers, because nothing else shows that it listens. */
    private static void awaitListening(Process haproxy, String address) throws Exception {
        Looks.until(() -> {
            try {
                ask(address, "/first");
                return true;
            } catch (IOException notYet) {
                assertTrue(haproxy.isAlive(), "haproxy has ended");
                return false;
            }
        });
    }
}
