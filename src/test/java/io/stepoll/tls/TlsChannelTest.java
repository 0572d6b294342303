package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.Certificates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tlschannel.ClientTlsChannel;
import tlschannel.NeedsTaskException;
import tlschannel.ServerTlsChannel;
import tlschannel.TlsChannel;
import tlschannel.WouldBlockException;

/**
 * Why this library has an SSLEngine of its own to drive, and does not use tls-channel: what that one (0.10.1) cannot
 * carry, and TlsSocket does. A version for which one of these fails deserves a second look.
 */
class TlsChannelTest {
    /** One direction of a connection in memory, which never makes anybody wait. */
    private static final class Pipe {
        private final ByteBuffer bytes = ByteBuffer.allocate(1 << 17);
        private boolean isBroken;
    }

    private record View(Pipe in, Pipe out) implements ByteChannel {
        @Override
        public int read(ByteBuffer target) {
            int count = Math.min(target.remaining(), in.bytes.flip().remaining());
            target.put(in.bytes.slice(0, count));
            in.bytes.position(count).compact();
            return count;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (out.isBroken) {
                throw new IOException("EPIPE");
            }
            int count = source.remaining();
            out.bytes.put(source);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private interface Step {
        Object run() throws IOException;
    }

    private final Pipe there = new Pipe();
    private final Pipe back = new Pipe();
    private TlsChannel client;
    private TlsChannel server;

    @BeforeEach
    void connect() throws Exception {
        connect(Certificates.context(null, null, Certificates.AUTHORITY));
    }

    private void connect(SSLContext ofClient) throws Exception {
        client = ClientTlsChannel.newBuilder(new View(back, there), ofClient).withRunTasks(false).build();
        server = ServerTlsChannel.newBuilder(new View(there, back), Certificates.LOCAL.context(null))
                .withRunTasks(false).build();
    }

    /** Does a step as far as it goes, with the tasks that it needs. */
    private static boolean goesOn(Step step) throws IOException {
        while (true) {
            try {
                step.run();
                return true;
            } catch (NeedsTaskException e) {
                e.getTask().run();
            } catch (WouldBlockException e) {
                return false;
            }
        }
    }

    private void handshake() throws IOException {
        boolean done = false;
        while (!done) {
            done = goesOn(() -> {
                client.handshake();
                return null;
            }) & goesOn(() -> {
                server.handshake();
                return null;
            });
        }
    }

    @Test
    void nothingCanBeReadAfterAHalfClose() throws Exception {
        handshake();
        assertFalse(client.shutdown());
        assertEquals(-1, server.read(ByteBuffer.allocate(10)));
        assertEquals(4, server.write(ByteBuffer.wrap(new byte[4])), "TLS 1.3: the other direction goes on");
        assertThrows(ClosedChannelException.class, () -> client.read(ByteBuffer.allocate(10)));
    }

    @Test
    void nothingCanBeReadAfterAFailedWrite() throws Exception {
        handshake();
        server.write(ByteBuffer.wrap(new byte[4])); // an answer that explains why the peer reads no more
        there.isBroken = true;
        assertThrows(IOException.class, () -> client.write(ByteBuffer.wrap(new byte[4])));
        assertThrows(ClosedChannelException.class, () -> client.read(ByteBuffer.allocate(10)));
    }

    @Test
    void aServerIsNotToldWhyItsCertificateIsRefused() throws Exception {
        connect(Certificates.context(null, null, null));
        assertThrows(SSLHandshakeException.class, this::handshake);
        there.bytes.clear();
        client.close();
        assertEquals(0, there.bytes.position(), "the alert stays in the engine");
        assertTrue(client.getSslEngine().getHandshakeStatus().name().equals("NEED_WRAP"));
    }
}
