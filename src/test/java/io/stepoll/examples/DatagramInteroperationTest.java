package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.Programs;
import io.stepoll.Task;
import io.stepoll.net.DatagramEndpoint;
import java.io.BufferedReader;
import java.io.Writer;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP with programs that are not ours, each as a client of our echo, and as a server of ours. */
@Timeout(180)
class DatagramInteroperationTest {
    private static final long RETRY_NANOS = 20_000_000;

    /** Lines of its input as datagrams, what comes as lines; connected to the port that is given. */
    private static final String PYTHON_CLIENT = """
            import socket, sys
            connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            connection.connect(('127.0.0.1', int(sys.argv[1])))
            for line in sys.stdin:
                connection.send(line.encode())
                print(connection.recv(65536).decode(), end='', flush=True)
            """;

    /** The first datagram as a line, and a line of its input back to where it came from. */
    private static final String PYTHON_SERVER = """
            import socket, sys
            listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            listener.bind(('127.0.0.1', int(sys.argv[1])))
            question, client = listener.recvfrom(65536)
            print(question.decode(), end='', flush=True)
            listener.sendto(sys.stdin.readline().encode(), client)
            """;

    private static String[] client(String program, int port) throws Exception {
        return switch (program) {
            case "python3" -> new String[] {"python3", "-c", PYTHON_CLIENT, Integer.toString(port)};
            case "socat" -> new String[] {"socat", "-", "UDP:127.0.0.1:" + port};
            default -> new String[] {"nc", "-u", "127.0.0.1", Integer.toString(port)};
        };
    }

    private static String[] server(String program, int port) {
        return switch (program) {
            case "python3" -> new String[] {"python3", "-c", PYTHON_SERVER, Integer.toString(port)};
            case "socat" -> new String[] {"socat", "-", "UDP-LISTEN:" + port + ",bind=127.0.0.1"};
            default -> new String[] {"nc", "-u", "-l", "127.0.0.1", Integer.toString(port)};
        };
    }

    private static void assumeThereIs(String program) throws Exception {
        assumeTrue(program.equals("nc") ? Programs.hasNetcat() : Programs.has(program), () -> "there is no " + program);
    }

    private static int freePort() throws Exception {
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"python3", "socat", "nc"})
    void asClient(String program) throws Exception {
        assumeThereIs(program);
        int port = freePort();
        try (ExampleProcess echo = ExampleProcess.serve("UdpEcho", "udp:127.0.0.1:" + port)) {
            Process client = Programs.start(client(program, port));
            try (Writer input = client.outputWriter(); BufferedReader output = client.inputReader()) {
                for (String line : new String[] {"first", "second, and longer", "x".repeat(1000)}) {
                    input.write(line + "\n");
                    input.flush();
                    assertEquals(line, output.readLine());
                }
            } finally {
                client.destroy(); // nc does not end with its input
                Programs.end(client);
            }
            echo.terminate();
        }
    }

    /** It is asked until it answers: nothing else tells that it is there. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"python3", "socat", "nc"})
    void asServer(String program) throws Exception {
        assumeThereIs(program);
        int port = freePort();
        Process server = Programs.start(server(program, port));
        try (EventLoop loop = EventLoop.open();
                Writer input = server.outputWriter();
                BufferedReader output = server.inputReader()) {
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> firstLine(output, input),
                    Thread::startVirtualThread);
            Task<String> client = loop.spawn(() -> {
                try (DatagramEndpoint socket = DatagramEndpoint.open(loop)) {
                    socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
                    Task<String> answer = loop.spawn(() -> receive(socket));
                    while (!heard.isDone()) {
                        ask(socket);
                        loop.sleep(RETRY_NANOS);
                    }
                    return answer.join();
                }
            });
            loop.runUntilDone();
            assertEquals("answer\n", client.join());
            assertEquals("question", heard.join());
        } finally {
            server.destroy();
            Programs.end(server);
        }
    }

    private static String firstLine(BufferedReader output, Writer input) {
        try {
            String line = output.readLine();
            input.write("answer\n");
            input.flush();
            return line;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void ask(DatagramEndpoint socket) throws Exception {
        try {
            socket.write(ByteBuffer.wrap("question\n".getBytes(StandardCharsets.UTF_8)));
        } catch (PortUnreachableException e) {
            // It does not listen yet: this is of an earlier one.
        }
    }

    private static String receive(DatagramEndpoint socket) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        while (true) {
            try {
                socket.read(buffer);
                return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
            } catch (PortUnreachableException e) {
                buffer.clear(); // nor does it yet
            }
        }
    }
}
