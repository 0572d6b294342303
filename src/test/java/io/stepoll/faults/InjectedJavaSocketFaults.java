package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Task;
import io.stepoll.faults.Fault.Rule;
import io.stepoll.net.LoopServerSocketFactory;
import io.stepoll.net.LoopSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults in the system calls of {@code java.net} sockets on the loop, and the number of these calls. */
@Timeout(30)
class InjectedJavaSocketFaults extends FaultFixture {
    private static final int WAITS = 200;

    private ServerSocket server;
    private Socket client;
    private Socket peer;

    @BeforeEach
    void connect() throws Exception {
        server = new LoopServerSocketFactory().createServerSocket(0, 0, InetAddress.ofLiteral("127.0.0.1"));
        client = new LoopSocketFactory().createSocket("127.0.0.1", server.getLocalPort());
        peer = server.accept();
    }

    @AfterEach
    void disconnect() throws Exception {
        client.close();
        peer.close();
        server.close();
    }

    private interface Body {
        void run() throws Exception;
    }

    private static Thread beside(Body body) {
        return Thread.ofPlatform().start(() -> {
            try {
                body.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    /** While the same loop goes on waiting, a wait costs no epoll_ctl, be it for bytes or for room. */
    @Test
    void noEpollCtlForEachWait() throws Exception {
        Thread echo = beside(() -> {
            for (int i = 0; i < WAITS; i++) {
                peer.getOutputStream().write(peer.getInputStream().read());
            }
            peer.getInputStream().readAllBytes();
        });
        Rule added = Fault.count("epoll_ctl add", Fault.ANY);
        Rule changed = Fault.count("epoll_ctl mod", Fault.ANY);
        Rule deleted = Fault.count("epoll_ctl del", Fault.ANY);
        inTask(() -> {
            for (int i = 0; i < WAITS; i++) {
                client.getOutputStream().write(i);
                assertEquals(i & 0xff, client.getInputStream().read());
            }
            client.getOutputStream().write(new byte[40 << 20]); // more than both sockets hold
            client.shutdownOutput();
        });
        echo.join();
        assertEquals(1, added.calls());
        assertEquals(0, changed.calls());
        assertEquals(0, deleted.calls());
        inTask(client::close);
        assertEquals(0, deleted.calls(), "the close takes it off");
    }

    /** Faults that no caller may notice. The far end is a platform thread. */
    @ParameterizedTest
    @EnumSource(names = {"EINTR", "EAGAIN", "SHORT"})
    void unnoticed(Fault fault) throws Exception {
        byte[] sent = new byte[300_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 7 + (i >> 9));
        }
        Rule reads = fault.on("recv", Fault.ANY, 1000, 0, 2, 100);
        Rule writes = fault.on("send", Fault.ANY, 1000, 0, 2, 100);
        Thread echo = beside(() -> {
            peer.getInputStream().transferTo(peer.getOutputStream());
            peer.shutdownOutput();
        });
        Task<Void> writer = loop.spawn(() -> {
            client.getOutputStream().write(sent);
            client.shutdownOutput();
        });
        assertArrayEquals(sent, inTask(() -> client.getInputStream().readAllBytes()));
        writer.join();
        echo.join();
        assertTrue(reads.hits() > 3 && writes.hits() > 3, () -> reads.hits() + ", " + writes.hits());
    }

    /** As in the JDK the exception has the text of the errno. Nothing is lost. */
    @ParameterizedTest
    @EnumSource(names = {"ENOMEM", "ENOBUFS"})
    void failures(Fault fault) throws Exception {
        peer.getOutputStream().write(3);
        inTask(() -> {
            fault.first(1, "recv", Fault.ANY);
            fault.first(1, "send", Fault.ANY);
            assertText(fault, assertThrows(SocketException.class, client.getInputStream()::read));
            assertText(fault, assertThrows(SocketException.class, () -> client.getOutputStream().write(4)));
            assertEquals(3, client.getInputStream().read());
            client.getOutputStream().write(4);
        });
        assertEquals(4, peer.getInputStream().read());
    }

    private static void assertText(Fault fault, IOException failure) {
        String text = switch (fault) {
            case ENOMEM -> "Cannot allocate memory";
            case ENOBUFS -> "No buffer space available";
            case EMFILE -> "Too many open files";
            case ENFILE -> "Too many open files in system";
            case ENOSPC -> "No space left on device";
            default -> throw new AssertionError(fault);
        };
        assertSame(SocketException.class, failure.getClass());
        assertEquals(text, failure.getMessage());
    }

    /** No descriptor is left for the connection: it stays in the backlog. */
    @ParameterizedTest
    @EnumSource(names = {"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})
    void accept(Fault fault) throws Exception {
        try (Socket waiting = new Socket("127.0.0.1", server.getLocalPort())) {
            inTask(() -> {
                fault.first(1, "accept4", Fault.ANY);
                assertText(fault, assertThrows(IOException.class, server::accept));
                try (Socket accepted = server.accept()) {
                    assertEquals(waiting.getLocalPort(), accepted.getPort());
                }
            });
        }
    }

    @Test
    void aConnectionThatHasGoneIsPassedOver() throws Exception {
        try (Socket waiting = new Socket("127.0.0.1", server.getLocalPort())) {
            Rule gone = Fault.ECONNABORTED.first(3, "accept4", Fault.ANY);
            try (Socket accepted = inTask(server::accept)) {
                assertEquals(waiting.getLocalPort(), accepted.getPort());
            }
            assertEquals(3, gone.hits());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})
    void socket(Fault fault) throws Exception {
        inTask(() -> {
            fault.first(1, "socket", Fault.ANY);
            assertText(fault, assertThrows(IOException.class,
                    () -> new LoopSocketFactory().createSocket("127.0.0.1", server.getLocalPort())));
            new LoopSocketFactory().createSocket("127.0.0.1", server.getLocalPort()).close();
        });
    }

    /** The socket cannot come to the loop. It stays as it is, and the next call tries again. */
    @ParameterizedTest
    @EnumSource(names = {"ENOSPC", "ENOMEM"})
    void epoll(Fault fault) throws Exception {
        peer.getOutputStream().write(9);
        inTask(() -> {
            fault.first(1, "epoll_ctl add", Fault.ANY);
            assertText(fault, assertThrows(SocketException.class, client.getInputStream()::read));
            assertEquals(9, client.getInputStream().read());
        });
    }

    @Test
    void interruptedConnect() throws Exception {
        inTask(() -> {
            Rule interrupted = Fault.EINTR.first(1, "connect", Fault.ANY);
            new LoopSocketFactory().createSocket("127.0.0.1", server.getLocalPort()).close();
            assertEquals(1, interrupted.hits());
        });
    }
}
