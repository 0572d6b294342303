package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * Sends back what each client sends, until SIGINT or SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.EchoServer
 * unix:@name | unix:/path | tcp:host:port [task|callback]</pre>
 */
public final class EchoServer {
    private static final int BUFFER_BYTES = 1 << 14;

    private EchoServer() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) {
        String style = arguments.length < 2 ? "task" : arguments[1];
        boolean valid = arguments.length >= 1 && arguments.length <= 2 && style.matches("task|callback");
        ServerMain.run("EchoServer", "unix:@name | unix:/path | tcp:host:port [task|callback]", valid,
                () -> serve(Addresses.parse(arguments[0]), style.equals("task")));
    }

    private static void serve(SocketAddress address, boolean inTasks) throws IOException {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, address)) {
            loop.stopOnSignals();
            if (inTasks) {
                loop.spawn(() -> {
                    while (true) {
                        StreamSocket client = listener.accept();
                        loop.spawn(() -> echo(client));
                    }
                });
            } else {
                listener.descriptor().handle(EchoHandler::acceptAll, true, false);
            }
            System.out.println("READY");
            loop.run();
        }
    }

    /** Runs in a task for each client, until the client has got its last byte back. */
    static void echo(StreamSocket client) {
        try (client) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            while (client.read(buffer.clear()) >= 0) {
                client.write(buffer.flip());
            }
        } catch (IOException e) {
            // The client has left. This ends its task and nothing else.
        }
    }
}
