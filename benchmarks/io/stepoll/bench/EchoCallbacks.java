package io.stepoll.bench;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The clients of {@link EchoServer} in callbacks. One handler serves all clients that take their answers at once; a
 * slow client gets a handler of its own.
 */
final class EchoCallbacks implements ReadinessHandler {
    private static final int END = -1;

    private final ByteBuffer shared;

    EchoCallbacks(ByteBuffer shared) {
        this.shared = shared;
    }

    /** The listener's handler. It accepts all connections: for the rest it would be called again after another poll. */
    void accept(Descriptor listener) throws IOException {
        for (Descriptor client = listener.tryAccept(); client != null; client = listener.tryAccept()) {
            client.handle(this, true, false);
        }
    }

    @Override
    public void readable(Descriptor client) throws IOException {
        int received = client.tryRead(shared.clear());
        if (received == EchoServer.END) {
            client.close();
        } else if (received > 0) {
            client.tryWrite(shared.flip());
            if (shared.hasRemaining()) {
                ByteBuffer rest = ByteBuffer.allocateDirect(shared.remaining()).put(shared).flip();
                client.handle(new Rest(rest), false, true);
            }
        }
    }

    /** The handler of a slow client: nothing is read from the client until it has taken the rest of its answer. */
    private final class Rest implements ReadinessHandler {
        private final ByteBuffer rest;

        Rest(ByteBuffer rest) {
            this.rest = rest;
        }

        @Override
        public void readable(Descriptor client) {
            throw new AssertionError("no interest in reading is set");
        }

        @Override
        public void writable(Descriptor client) throws IOException {
            client.tryWrite(rest);
            if (!rest.hasRemaining()) {
                client.handle(EchoCallbacks.this, true, false);
            }
        }
    }
}
