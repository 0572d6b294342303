package io.stepoll.drivers;

import io.stepoll.support.Certificates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A mail server of a few lines, by the JDK's sockets and threads: see RFC 5321, and RFC 3207 for STARTTLS. It throws
 * all mail away. To a sender whose name begins with "slow" it never answers.
 */
public final class MailServer implements AutoCloseable {
    private final SSLContext context;
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private final AtomicInteger slow = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicInteger encrypted = new AtomicInteger();

    private MailServer() throws Exception {
        context = Certificates.LOCAL.context(null);
        Thread.ofPlatform().daemon().name("mail server").start(this::accept);
    }

    static MailServer start() throws Exception {
        return new MailServer();
    }

    /** Where it listens, at 127.0.0.1. */
    public int port() {
        return listener.getLocalPort();
    }

    /** How many clients wait for an answer that does not come. */
    int slow() {
        return slow.get();
    }

    /** How many messages have come. */
    public int received() {
        return received.get();
    }

    /** How many connections have switched to TLS. */
    int encrypted() {
        return encrypted.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                clients.add(client);
                Thread.ofPlatform().daemon().name("mail client").start(() -> serve(client));
            } catch (IOException e) {
                // The listener is closed.
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            Socket socket = client;
            BufferedReader lines = lines(socket);
            answer(socket, "220 127.0.0.1");
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String command = line.toUpperCase(Locale.ROOT);
                if (command.startsWith("EHLO")) {
                    answer(socket, "250-127.0.0.1", "250 STARTTLS");
                } else if (command.equals("STARTTLS")) {
                    answer(socket, "220 go ahead");
                    socket = secured(socket);
                    lines = lines(socket);
                    encrypted.incrementAndGet();
                } else if (command.startsWith("MAIL FROM:<SLOW")) {
                    slow.incrementAndGet();
                    try {
                        lines.readLine(); // until the client goes
                    } finally {
                        slow.decrementAndGet();
                    }
                } else if (command.equals("DATA")) {
                    answer(socket, "354 go ahead");
                    while (!lines.readLine().equals(".")) {
                        // Until the end of the message.
                    }
                    received.incrementAndGet();
                    answer(socket, "250 ok");
                } else if (command.equals("QUIT")) {
                    answer(socket, "221 bye");
                } else {
                    answer(socket, "250 ok");
                }
            }
        } catch (IOException e) {
            // The client has gone, or was killed.
        } finally {
            clients.remove(client);
        }
    }

    private SSLSocket secured(Socket socket) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
        secured.setUseClientMode(false);
        return secured;
    }

    private static BufferedReader lines(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    private static void answer(Socket socket, String... lines) throws IOException {
        socket.getOutputStream().write((String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Resets all connections. */
    void resetClients() throws IOException {
        for (Socket client : clients) {
            try {
                client.setSoLinger(true, 0);
            } catch (SocketException e) {
                // Its thread has closed it, and is about to take it out.
            }
            client.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        resetClients();
    }
}
