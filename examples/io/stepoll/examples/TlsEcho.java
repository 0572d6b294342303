package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.tls.TlsClient;
import io.stepoll.tls.TlsServer;
import io.stepoll.tls.TlsSocket;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A server and a client that speak TLS with each other, with the keys and certificates of one key store. */
public final class TlsEcho {
    private TlsEcho() {}

    /**
     * Takes the file and the password of a key store that has the key of localhost, and prints the answer of the
     * server. keytool makes one: {@code keytool -genkeypair -alias own -keyalg EC -dname CN=localhost -ext
     * san=dns:localhost -storetype PKCS12 -storepass changeit -keystore keys.p12}.
     *
     * @param arguments the file and the password
     * @throws Exception if one of the two ends fails
     */
    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[1].toCharArray();
        SSLContext context = context(KeyStore.getInstance(new File(arguments[0]), password), password);
        try (EventLoop loop = EventLoop.open()) {
            Task<String> answer = loop.spawn(() -> {
                try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
                    loop.spawn(() -> serve(loop, listener, context));
                    return ask(loop, listener, context);
                } finally {
                    loop.stop();
                }
            });
            loop.run();
            System.out.println("answer: " + answer.join());
        }
    }

    private static void serve(EventLoop loop, Listener listener, SSLContext context) throws IOException {
        TlsServer server = TlsServer.builder(context).applicationProtocols("echo").build();
        while (listener.isOpen()) {
            StreamSocket accepted = listener.accept();
            loop.spawn(() -> {
                try (TlsSocket connection = server.over(accepted)) {
                    connection.handshake(Duration.ofSeconds(10));
                    ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
                    while (connection.read(buffer.clear()) >= 0) {
                        connection.write(buffer.flip());
                    }
                }
            });
        }
    }

    private static String ask(EventLoop loop, Listener listener, SSLContext context) throws Exception {
        TlsClient client = TlsClient.builder(context).applicationProtocols("echo").build();
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        InetSocketAddress address = InetSocketAddress.createUnresolved("localhost", port);
        try (TlsSocket connection = client.connect(loop, address, Duration.ofSeconds(10))) {
            connection.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(100);
            connection.read(answer);
            connection.close(Duration.ofSeconds(10)); // waits until the server has read everything, and has closed
            return StandardCharsets.UTF_8.decode(answer.flip()).toString();
        }
    }

    private static SSLContext context(KeyStore keys, char[] password) throws GeneralSecurityException {
        KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
        own.init(keys, password);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }
}
