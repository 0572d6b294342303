package io.stepoll.bench.peers;

import io.stepoll.net.Addresses;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * An echo server on the JDK's own virtual threads: one for each client, which makes blocking calls. Usage:
 * {@code VirtualThreadEcho ADDR}; {@code -Djdk.virtualThreadScheduler.parallelism=1} for a single carrier.
 */
public final class VirtualThreadEcho {
    private static final int BUFFER_BYTES = 1 << 10; // for each client

    private VirtualThreadEcho() {}

    /** Serves until the process is killed. */
    public static void main(String[] arguments) throws Exception {
        ServerSocketChannel listener = SelectorEcho.listen(Addresses.parse(arguments[0]));
        Thread acceptor = Thread.ofVirtual().start(() -> accept(listener));
        System.out.println("READY");
        acceptor.join();
    }

    private static void accept(ServerSocketChannel listener) {
        try {
            while (true) {
                SocketChannel client = listener.accept();
                Thread.ofVirtual().start(() -> echo(client));
            }
        } catch (IOException e) {
            System.err.println("VirtualThreadEcho: " + e);
            System.exit(1);
        }
    }

    private static void echo(SocketChannel client) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (client) {
            while (client.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    client.write(buffer);
                }
            }
        } catch (IOException e) {
            // The client has left.
        }
    }
}
