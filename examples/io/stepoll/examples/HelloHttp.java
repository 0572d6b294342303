package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.examples.http.Content;
import io.stepoll.examples.http.HttpConnection;
import io.stepoll.examples.http.HttpLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.shutdown.Shutdown;

/** The least web server: it answers every request with a greeting. */
public final class HelloHttp {
    /** Serves at tcp:host:port, unix:@name or unix:/path. */
    public static void main(String[] arguments) throws Exception {
        Content hello = Content.of("text/plain", "Hello, World!");
        try (EventLoop loop = EventLoop.open()) {
            Shutdown.of(loop).onSignals();
            Server.builder(loop).perLoopState(HttpLoop::new)
                    .serve(c -> HttpConnection.serve(c.state(), c.socket(), http -> http.respond(hello)))
                    .open(Addresses.parse(arguments[0]));
            System.out.println("READY");
            loop.run();
        }
    }
}
