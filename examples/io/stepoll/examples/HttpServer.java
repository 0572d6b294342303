package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.examples.http.HttpHandler;
import io.stepoll.examples.http.HttpLoop;
import io.stepoll.examples.http.SiteTask;
import io.stepoll.net.Addresses;
import io.stepoll.net.Handover;
import io.stepoll.net.HandoverOffer;
import io.stepoll.net.Listener;
import io.stepoll.net.Server;
import io.stepoll.net.ServerBuilder;
import io.stepoll.shutdown.Shutdown;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.ExecutionException;

/**
 * A web server in HTTP/1.1, until SIGINT or SIGTERM: {@code /plaintext}, {@code /json}, {@code POST /echo}, and
 * {@code /events} by Server-Sent Events. On several loops each of them accepts for itself. A second process with the
 * same place to meet takes over from the first, and no request is lost.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.HttpServer
 * unix:@name | unix:/path | tcp:host:port task|callback [loops [unix:/path/to/meet]]</pre>
 */
public final class HttpServer {
    private static final String USAGE =
            "unix:@name | unix:/path | tcp:host:port task|callback [loops [unix:/path/to/meet]]";

    private HttpServer() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) {
        boolean valid = String.join(" ", arguments).matches("\\S+ (task|callback)( [1-9]\\d{0,2}( unix:\\S+)?)?");
        ServerMain.run("HttpServer", USAGE, valid, () -> serve(Addresses.parse(arguments[0]),
                arguments[1].equals("task"), arguments.length < 3 ? 1 : Integer.parseInt(arguments[2]),
                arguments.length < 4 ? null : Addresses.parse(arguments[3])));
    }

    private static void serve(SocketAddress address, boolean inTasks, int loops, SocketAddress place)
            throws IOException {
        try (LoopGroup group = LoopGroup.builder().loops(loops).name("http").open()) {
            Shutdown shutdown = Shutdown.of(group).onSignals();
            EventLoop first = group.loops().getFirst();
            ServerBuilder<HttpLoop> builder = builder(group, inTasks);
            if (place == null) {
                builder.open(address);
            } else {
                HandoverOffer offer = first.spawn(() -> takeOver(builder, first, address, place)).join();
                first.spawn(() -> {
                    offer.awaitSuccessor();
                    shutdown.start();
                });
            }
            System.out.println("READY");
            group.join();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException refused ? refused : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the end of this thread ends the program
        }
    }

    private static ServerBuilder<HttpLoop> builder(LoopGroup group, boolean inTasks) {
        ServerBuilder<HttpLoop> builder = Server.builder(group).perLoopState(HttpLoop::new);
        return inTasks
                ? builder.serve(connection -> SiteTask.serve(connection.state(), connection.socket()))
                : builder.handle(connection -> new HttpHandler(connection.state(), connection.socket().descriptor()));
    }

    /** Takes the listeners of a former process, if there is one, and offers them to a later one. */
    private static HandoverOffer takeOver(ServerBuilder<HttpLoop> builder, EventLoop loop, SocketAddress address,
            SocketAddress place) throws IOException {
        try (Handover former = Handover.take(loop, place)) {
            Server server = former != null ? builder.open(former) : builder.open(address);
            if (former != null) {
                former.listening(); // The former process stops accepting.
            }
            return Handover.offer(loop, place, server.listeners().toArray(Listener[]::new));
        }
    }
}
