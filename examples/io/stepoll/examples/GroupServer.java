package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * Sends each client back what it sends, by two loops, until SIGINT or SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.GroupServer
 * unix:@name | tcp:host:port perLoop|handingOver</pre>
 */
public final class GroupServer {
    private GroupServer() {}

    /** Serves at the address that is given. */
    public static void main(String[] arguments) throws Exception {
        SocketAddress address = Addresses.parse(arguments[0]);
        try (LoopGroup group = LoopGroup.builder().loops(2).name("web").open()) {
            if (arguments[1].equals("perLoop")) {
                Server.perLoop(group, address, GroupServer::echo);
            } else {
                Server.handingOver(group, address, GroupServer::echo);
            }
            for (EventLoop loop : group.loops()) {
                loop.spawn(() -> loop.stopOnSignals()).join();
            }
            System.out.println("READY");
            group.join();
        }
    }

    /** In a task for each connection, on the loop that the connection stays on. */
    private static void echo(StreamSocket connection) {
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 14);
            while (connection.read(buffer.clear()) >= 0) {
                connection.write(buffer.flip());
            }
        } catch (IOException e) {
            // The client has left: that is its right, and costs nobody else anything.
        }
    }
}
