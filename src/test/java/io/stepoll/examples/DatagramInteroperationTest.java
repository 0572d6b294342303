package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.support.FreePorts;
import io.stepoll.support.Programs;
import java.io.BufferedReader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP with foreign programs, each as a client of our echo server and as a server of our socket. */
@Timeout(180)
class DatagramInteroperationTest {
    private static final Duration RETRY = Duration.ofMillis(20);

    /** Sends each line of standard input to the given port as a datagram, and prints each answer as a line. */
    private static final String PYTHON_CLIENT = """
            import socket, sys
            connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            connection.connect(('127.0.0.1', int(sys.argv[1])))
            for line in sys.stdin:
                connection.send(line.encode())
                print(connection.recv(65536).decode(), end='', flush=True)
            """;

    /** Prints the first datagram as a line, and sends a line of standard input back to its sender. */
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

    private static void assumeInstalled(String program) throws Exception {
        assumeTrue(program.equals("nc") ? Programs.hasNetcat() : Programs.has(program),
                () -> program + " is not installed");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"python3", "socat", "nc"})
    void asClient(String program) throws Exception {
        assumeInstalled(program);
        int port = FreePorts.next();
        try (ExampleProcess echo = ExampleProcess.serve("UdpEcho", "udp:127.0.0.1:" + port)) {
            Process client = Programs.start(client(program, port));
            try (Writer input = client.outputWriter(); BufferedReader output = client.inputReader()) {
                for (String line : new String[] {"first", "second, and longer", "x".repeat(1000)}) {
                    input.write(line + "\n");
                    input.flush();
                    assertEquals(line, output.readLine());
                }
            } finally {
                client.destroy(); // nc does not end at the end of its input
                Programs.end(client);
            }
            echo.terminate();
        }
    }

    /** The client repeats its question until the server has it: nothing else shows that the server listens. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"python3", "socat", "nc"})
    void asServer(String program) throws Exception {
        assumeInstalled(program);
        int port = FreePorts.next();
        Process server = Programs.start(server(program, port));
        try (EventLoop loop = EventLoop.open();
                Writer input = server.outputWriter();
                BufferedReader output = server.inputReader()) {
            CompletableFuture<String> question = CompletableFuture.supplyAsync(() -> firstLine(output, input),
                    Thread::startVirtualThread);
            Task<String> client = loop.spawn(() -> {
                try (DatagramEndpoint socket = DatagramEndpoint.open(loop)) {
                    socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
                    Task<String> answer = loop.spawn(() -> receive(socket));
                    while (!question.isDone()) {
                        ask(socket);
                        loop.sleep(RETRY);
                    }
                    return answer.join();
                }
            });
            loop.runUntilDone();
            assertEquals("answer\n", client.join());
            assertEquals("question", question.join());
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
            // The server did not listen yet when an earlier question came.
        }
    }

    private static String receive(DatagramEndpoint socket) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        while (true) {
            try {
                socket.read(buffer);
                return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
            } catch (PortUnreachableException e) {
                buffer.clear(); // The server does not listen yet.
            }
        }
    }
}
