package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.net.Addresses;
import io.stepoll.net.Connection;
import io.stepoll.net.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/**
 * Answers each line in upper case: {@code UpperServer ADDRESS}. The pages for those who come from elsewhere show it.
 */
public final class UpperServer {
    private UpperServer() {}

    /**
     * Starts the server.
     *
     * @param arguments the address
     * @throws Exception if the loop or the server cannot be opened
     */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Server.builder(loop).serve(UpperServer::serve).open(Addresses.parse(arguments[0]));
            loop.stopOnSignals();
            System.out.println("READY");
            loop.run();
        }
    }

    private static void serve(Connection<?> connection) throws IOException {
        BufferedStream stream = BufferedStream.over(connection.socket()).waitTimeout(Duration.ofSeconds(30));
        for (String line = stream.readLine(1000); line != null; line = stream.readLine(1000)) {
            stream.print(line.toUpperCase(Locale.ROOT));
            stream.print("\n");
        }
    }
}
