package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Handover;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A web server that can be restarted without losing a request. A second process, started with the same arguments, takes
 * over from the first. The server answers each GET with its path and the number of the process.
 * <pre>java … io.stepoll.examples.RestartableServer tcp:host:port unix:/path/to/meet</pre>
 */
public final class RestartableServer {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s";

    private RestartableServer() {}

    /** Listens at the first address. Takes over, and hands over to a successor, at the second address. */
    public static void main(String[] arguments) throws IOException {
        SocketAddress place = Addresses.parse(arguments[1]);
        try (EventLoop loop = EventLoop.open()) {
            Shutdown shutdown = Shutdown.of(loop).onSignals();
            loop.spawn(() -> {
                try (Handover former = Handover.take(loop, place)) {
                    Listener listener = former != null ? former.listener(loop)
                            : Listener.bind(loop, Addresses.parse(arguments[0]));
                    loop.spawn(() -> acceptAll(loop, listener));
                    if (former != null) {
                        former.listening(); // The former process stops accepting.
                    }
                    var offer = Handover.offer(loop, place, listener);
                    System.out.println("READY");
                    offer.awaitSuccessor();
                } finally {
                    shutdown.start();
                }
            });
            loop.run();
        }
    }

    private static void acceptAll(EventLoop loop, Listener listener) throws IOException {
        while (true) {
            StreamSocket client = listener.accept();
            loop.spawn(() -> serve(loop, client));
        }
    }

    /** Answers one request after another. While the loop drains, it waits only for the first one. */
    private static void serve(EventLoop loop, StreamSocket client) {
        ByteBuffer bytes = ByteBuffer.allocate(8192);
        try (client) {
            do {
                String body = read(client, bytes.clear()).split(" ")[1] + " " + ProcessHandle.current().pid() + "\n";
                String answer = ANSWER.formatted(body.length(), loop.isDraining() ? "close" : "keep-alive", body);
                client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
            } while (!loop.isDraining() && client.awaitRequest());
        } catch (IOException e) {
            // The client has left.
        }
    }

    private static String read(StreamSocket client, ByteBuffer bytes) throws IOException {
        String request = "";
        while (!request.endsWith("\r\n\r\n")) {
            if (client.read(bytes) <= 0) {
                throw new IOException("no whole request");
            }
            request = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
        }
        return request;
    }
}
