package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** Connects the clients at one address with a server at another one, until SIGINT or SIGTERM. */
public final class Proxy {
    private static final int BUFFER_BYTES = 1 << 14;

    private Proxy() {}

    /** Listens at the first address, and connects to the second: unix:@name, unix:/path or tcp:host:port. */
    public static void main(String[] arguments) {
        ServerMain.run("Proxy", "LISTEN TARGET, each unix:@name | unix:/path | tcp:host:port", arguments.length == 2,
                () -> serve(Addresses.parse(arguments[0]), Addresses.parse(arguments[1])));
    }

    private static void serve(SocketAddress address, SocketAddress target) throws IOException {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, address)) {
            loop.stopOnSignals();
            loop.spawn(() -> {
                while (true) {
                    StreamSocket client = listener.accept();
                    loop.spawn(() -> connect(client, target));
                }
            });
            System.out.println("READY");
            loop.run();
        }
    }

    /** Runs in a task for each client, and starts one more for the way back. */
    private static void connect(StreamSocket client, SocketAddress target) throws Exception {
        try (client; StreamSocket server = StreamSocket.connect(client.loop(), target)) {
            var back = client.loop().spawn(() -> copy(server, client));
            copy(client, server);
            back.join();
        } catch (IOException e) {
            System.err.println("Proxy: " + e.getMessage());
        }
    }

    /** Copies one direction and passes on its end. The other direction goes on. */
    private static void copy(StreamSocket from, StreamSocket to) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try {
            while (from.read(buffer.clear()) >= 0) {
                if (!passOn(buffer.flip(), to)) {
                    return;
                }
            }
            to.shutdownOutput();
        } catch (IOException e) {
            from.close(); // The connection is broken, so neither direction can go on.
            to.close();
        }
    }

    /** Returns false if nobody reads any more. The other direction may still bring an answer, and ends by itself. */
    private static boolean passOn(ByteBuffer buffer, StreamSocket to) {
        try {
            to.write(buffer);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
