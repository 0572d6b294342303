package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.Task;
import io.stepoll.net.LoopServerSocketFactory;
import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Certificates;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JDK's SSLSocket over sockets of the loop: how drivers speak TLS. Both ends are tasks of one loop. */
@Timeout(60)
class LayeredSocketTest extends TlsFixture {
    private static SSLSocket over(Socket socket, boolean isClient) throws Exception {
        SSLSocketFactory factory = Tls.TLS_13.context(isClient ? null : Certificates.LOCAL).getSocketFactory();
        SSLSocket layered = isClient
                ? (SSLSocket) factory.createSocket(socket, "localhost", socket.getPort(), true)
                : (SSLSocket) factory.createSocket(socket, null, true);
        layered.setUseClientMode(isClient);
        return layered;
    }

    private static void send(SSLSocket socket, String line) throws Exception {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String line(SSLSocket socket) throws Exception {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    /** The handshake computes on the loop, or on another thread if it is offloaded. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothEnds(boolean offloads) throws Exception {
        inTask(() -> {
            try (ServerSocket listener = new LoopServerSocketFactory().createServerSocket(0, 5,
                    InetAddress.getLoopbackAddress())) {
                int port = listener.getLocalPort();
                Task<String> serving = loop.spawn(() -> {
                    try (SSLSocket socket = over(listener.accept(), false)) {
                        String asked = line(socket);
                        loop.sleep(Duration.ofMillis(20));
                        send(socket, "heard " + asked);
                        return line(socket);
                    }
                });
                try (SSLSocket socket = over(new LoopSocketFactory().createSocket("localhost", port), true)) {
                    if (offloads) {
                        loop.offload(() -> {
                            socket.startHandshake();
                            return null;
                        });
                    }
                    send(socket, "question");
                    socket.setSoTimeout(1);
                    assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
                    socket.setSoTimeout(0);
                    assertEquals("heard question", line(socket));
                    send(socket, "bye");
                    assertEquals("bye", serving.join());
                }
            }
        });
    }
}
