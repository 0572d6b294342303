package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A client of HTTP. */
abstract class HttpClient extends LibraryClient {
    /** Reads an answer. */
    @FunctionalInterface
    interface Reader {
        void read(InputStream body) throws Exception;
    }

    private final Servers servers;
    private final boolean tls;
    private volatile boolean hasBegun;

    HttpClient(Servers servers, boolean tls) throws Exception {
        this.servers = servers;
        this.tls = tls;
        servers.nginx();
    }

    /** Asks for what is at a URL, and hands the answer on. */
    abstract void get(String url, Reader reader) throws Exception;

    @Override
    final Session open() {
        return new Session() {
            @Override
            public void ask(int number) throws Exception {
                get(servers.nginx().quick(tls), body -> assertEquals(NginxServer.ANSWER,
                        new String(body.readAllBytes(), StandardCharsets.US_ASCII)));
            }

            @Override
            public void askSlowly() throws Exception {
                get(servers.nginx().slow(tls), body -> {
                    assertEquals(0, body.read());
                    hasBegun = true;
                    body.readAllBytes();
                });
            }
        };
    }

    @Override
    final boolean isWaiting() {
        return hasBegun;
    }

    @Override
    final void killServer() throws Exception {
        servers.restartNginx();
    }
}
