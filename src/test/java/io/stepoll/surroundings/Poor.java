package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A child's main: serves a client over each kind of socket, or says why it cannot. */
final class Poor {
    private Poor() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            TaskResults.of(loop, loop.spawn(() -> {
                for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
                    serve(loop, kind);
                }
                assertEquals(3, loop.offload(() -> 3));
                return null;
            }));
            System.out.println("served");
        } catch (UnsatisfiedLinkError e) {
            System.out.println(e.getMessage());
        }
    }

    private static void serve(EventLoop loop, StreamKind kind) throws IOException {
        try (Listener listener = Listener.bind(loop, kind.fresh());
                StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                StreamSocket server = listener.accept()) {
            client.write(ByteBuffer.allocate(3));
            assertEquals(3, server.read(ByteBuffer.allocate(9)));
        }
    }
}
