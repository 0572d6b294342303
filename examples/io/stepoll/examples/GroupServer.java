package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.ServerBuilder;
import java.net.SocketAddress;

/**
 * Sends back what each client sends, on two loops, until SIGINT or SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.GroupServer
 * unix:@name | tcp:host:port perLoop|handingOver</pre>
 */
public final class GroupServer {
    private GroupServer() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) throws Exception {
        SocketAddress address = Addresses.parse(arguments[0]);
        try (LoopGroup group = LoopGroup.builder().loops(2).name("web").open()) {
            ServerBuilder<Void> builder = Server.builder(group).serve(c -> EchoServer.echo(c.socket()));
            (arguments[1].equals("perLoop") ? builder.perLoop() : builder.handingOver()).open(address);
            for (EventLoop loop : group.loops()) {
                loop.spawn(() -> loop.stopOnSignals()).join();
            }
            System.out.println("READY");
            group.join();
        }
    }
}
