package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.Shutdown;
import io.stepoll.net.Addresses;
import io.stepoll.net.Handover;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A web server that is restarted without a request lost: a second one, started with the same arguments, takes the place
 * of the first. Each GET is answered with its path and the number of the process.
 * <pre>java … io.stepoll.examples.RestartableServer tcp:host:port unix:/path/to/meet</pre>
 */
public final class RestartableServer {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s";

    private RestartableServer() {}

    /** Listens at the first address, or takes over from who does; it meets that, and its successor, at the second. */
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
                        former.listening(); // now that one stops
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

    /** One request after another, unless the loop drains: only the first is waited for then. */
    private static void serve(EventLoop loop, StreamSocket client) {
        ByteBuffer bytes = ByteBuffer.allocate(8192);
        try (client) {
            do {
                String body = read(client, bytes.clear()).split(" ")[1] + " " + ProcessHandle.current().pid() + "\n";
                String answer = ANSWER.formatted(body.length(), loop.isDraining() ? "close" : "keep-alive", body);
                client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
            } while (!loop.isDraining() && loop.awaitRequest(client.descriptor()));
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
