package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * Sends each datagram back to its sender, all that have come in one call, until SIGINT or SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.UdpEcho
 * udp:host:port</pre>
 */
public final class UdpEcho {
    private static final int DATAGRAMS = 64;
    private static final int LARGEST = 2048;

    private UdpEcho() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) {
        ServerMain.run("UdpEcho", "udp:host:port | unix:@name | unix:/path", arguments.length == 1,
                () -> serve(Addresses.parseDatagram(arguments[0])));
    }

    private static void serve(SocketAddress address) throws IOException {
        try (EventLoop loop = EventLoop.open(); DatagramEndpoint socket = DatagramEndpoint.bind(loop, address)) {
            loop.stopOnSignals();
            loop.spawn(() -> echo(socket));
            System.out.println("READY");
            loop.run();
        }
    }

    /** A received batch keeps the address of each sender, so sending the same batch answers all of them. */
    private static void echo(DatagramEndpoint socket) throws IOException {
        DatagramBatch batch = new DatagramBatch(DATAGRAMS, LARGEST);
        while (true) {
            socket.receiveBatch(batch);
            socket.sendBatch(batch);
        }
    }
}
