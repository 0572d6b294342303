package io.stepoll.examples;

import io.stepoll.LoopGroup;
import io.stepoll.examples.http.HttpHandler;
import io.stepoll.examples.http.HttpLoop;
import io.stepoll.examples.http.SiteTask;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.ServerBuilder;
import io.stepoll.shutdown.Shutdown;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.ExecutionException;

/**
 * A web server in HTTP/1.1, until SIGINT or SIGTERM: {@code /plaintext}, {@code /json}, {@code POST /echo}, and
 * {@code /events} by Server-Sent Events. On several loops each of them accepts for itself.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.HttpServer
 * unix:@name | unix:/path | tcp:host:port task|callback [loops]</pre>
 */
public final class HttpServer {
    private static final String USAGE = "unix:@name | unix:/path | tcp:host:port task|callback [loops]";

    private HttpServer() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) {
        boolean valid = String.join(" ", arguments).matches("\\S+ (task|callback)( [1-9]\\d{0,2})?");
        ServerMain.run("HttpServer", USAGE, valid, () -> serve(Addresses.parse(arguments[0]),
                arguments[1].equals("task"), arguments.length < 3 ? 1 : Integer.parseInt(arguments[2])));
    }

    private static void serve(SocketAddress address, boolean inTasks, int loops) throws IOException {
        try (LoopGroup group = LoopGroup.builder().loops(loops).name("http").open()) {
            ServerBuilder<HttpLoop> builder = Server.builder(group).perLoopState(HttpLoop::new);
            if (inTasks) {
                builder.serve(connection -> SiteTask.serve(connection.state(), connection.socket()));
            } else {
                builder.handle(connection -> new HttpHandler(connection.state(), connection.socket().descriptor()));
            }
            builder.open(address);
            Shutdown.of(group).onSignals();
            System.out.println("READY");
            group.join();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the end of this thread ends the program
        }
    }
}
