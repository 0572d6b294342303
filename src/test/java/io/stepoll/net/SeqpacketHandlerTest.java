package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records in the callback style. */
@Timeout(60)
class SeqpacketHandlerTest extends DatagramFixture {
    private static final int COUNT = 5000;

    /** Sends back each record, one after the other, waiting for room where there is none. */
    private static final class Echo implements ReadinessHandler {
        private final SeqpacketSocket socket;
        private final ByteBuffer record = ByteBuffer.allocateDirect(1000);
        private boolean pending;
        private int blocked;
        private int echoed;

        Echo(SeqpacketSocket socket) {
            this.socket = socket;
        }

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            while (!pending) {
                int length = socket.readNow(record.clear());
                if (length == SeqpacketSocket.NOTHING) {
                    return;
                }
                if (length < 0) {
                    socket.close();
                    return;
                }
                record.flip();
                send();
            }
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            if (pending) {
                send();
            }
            readable(descriptor);
        }

        private void send() throws IOException {
            pending = !socket.writeNow(record);
            if (pending) {
                blocked++;
            } else {
                echoed++;
            }
            if (socket.isOpen()) {
                socket.descriptor().handle(this, !pending, pending);
            }
        }
    }

    /** The client writes far ahead of what it reads, so that the echo must wait; each record comes back as it was. */
    @Test
    void echo() throws Exception {
        SeqpacketListener listener = SeqpacketListener.bind(loop, fresh(Kind.PATH));
        Echo[] echo = new Echo[1];
        listener.descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                echo[0] = new Echo(listener.acceptNow());
                echo[0].socket.descriptor().handle(echo[0], true, false);
                listener.close();
            }
        }, true, false);
        inTask(() -> {
            SeqpacketSocket client = SeqpacketSocket.connect(loop, listener.localAddress());
            loop.spawn(() -> {
                ByteBuffer record = ByteBuffer.allocate(1000);
                for (int i = 0; i < COUNT; i++) {
                    client.write(record.clear().putInt(i).position(0).limit(i % 7 == 0 ? 0 : 4 + i % 900));
                }
                client.shutdownOutput();
            });
            ByteBuffer record = ByteBuffer.allocate(1000);
            while (echo[0] == null || echo[0].blocked == 0) {
                loop.sleep(Duration.ofMillis(1)); // until the queues are full
            }
            for (int i = 0; i < COUNT; i++) {
                assertEquals(i % 7 == 0 ? 0 : 4 + i % 900, client.read(record.clear()));
                assertTrue(i % 7 == 0 || record.getInt(0) == i);
            }
            assertEquals(-1, client.read(record.clear()));
            client.close();
            return null;
        });
        assertEquals(COUNT, echo[0].echoed);
        assertFalse(echo[0].socket.isOpen());
    }

    @Test
    void truncatedAndMixed() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        assertEquals(SeqpacketSocket.NOTHING, pair[1].readNow(ByteBuffer.allocate(1)));
        assertTrue(pair[0].writeNow(text("long")));
        loop.step(false); // without an event nothing is known to be there
        assertThrows(TruncatedDatagramException.class, () -> pair[1].readNow(ByteBuffer.allocate(1)));
        pair[1].descriptor().handle(new Echo(pair[1]), true, false);
        Task<Integer> mixed = loop.spawn(() -> pair[1].read(ByteBuffer.allocate(1)));
        loop.step(false);
        assertInstanceOf(IllegalStateException.class, assertThrows(ExecutionException.class, mixed::join).getCause());
        pair[1].close();
    }
}
