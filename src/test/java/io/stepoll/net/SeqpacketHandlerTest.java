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

/** Records in handlers. */
@Timeout(60)
class SeqpacketHandlerTest extends SocketFixture {
    private static final int COUNT = 5000;

    /** Sends back one record after the other. While there is no room it waits for that and reads nothing more. */
    private static final class Echo implements ReadinessHandler {
        private final SeqpacketSocket socket;
        private final ByteBuffer record = ByteBuffer.allocateDirect(1000);
        /** Whether the record still has to be sent back. */
        private boolean pending;
        private int blocked;
        private int echoed;

        Echo(SeqpacketSocket socket) {
            this.socket = socket;
        }

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            while (!pending) {
                int length = socket.tryRead(record.clear());
                if (length == Descriptor.WOULD_BLOCK) {
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
            pending = socket.tryWrite(record) == Descriptor.WOULD_BLOCK;
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

    /** The client writes far ahead of its reads, so that the echo must wait for room. No record is lost or changed. */
    @Test
    void echoWithBackPressure() throws Exception {
        SeqpacketListener listener = SeqpacketListener.bind(loop, fresh(AddressKind.PATH));
        Echo[] echo = new Echo[1];
        listener.descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                echo[0] = new Echo(listener.tryAccept());
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
        });
        assertEquals(COUNT, echo[0].echoed);
        assertFalse(echo[0].socket.isOpen());
    }

    @Test
    void truncatedRecordsAndTasksBesidesAHandler() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryRead(ByteBuffer.allocate(1)));
        assertEquals(4, pair[0].tryWrite(text("long")));
        loop.step(false); // takes the event, without which tryRead would still answer WOULD_BLOCK
        assertThrows(TruncatedDatagramException.class, () -> pair[1].tryRead(ByteBuffer.allocate(1)));
        pair[1].descriptor().handle(new Echo(pair[1]), true, false);
        Task<Integer> mixed = loop.spawn(() -> pair[1].read(ByteBuffer.allocate(1)));
        loop.step(false);
        assertInstanceOf(IllegalStateException.class, assertThrows(ExecutionException.class, mixed::join).getCause());
        pair[1].close();
    }
}
