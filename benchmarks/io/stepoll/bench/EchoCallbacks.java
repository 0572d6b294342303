package io.stepoll.bench;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import java.io.IOException;
import java.nio.ByteBuffer;

/** {@link EchoServer}'s clients as callbacks: one handler for all, as long as each takes what it is sent. */
final class EchoCallbacks implements ReadinessHandler {
    private final ByteBuffer shared;

    EchoCallbacks(ByteBuffer shared) {
        this.shared = shared;
    }

    /** The listener's handler. It takes all, for what it leaves it would be called again, after another poll. */
    void accept(Descriptor listener) throws IOException {
        for (Descriptor client = listener.acceptNow(); client != null; client = listener.acceptNow()) {
            client.handle(this, true, false);
        }
    }

    @Override
    public void readable(Descriptor client) throws IOException {
        int received = client.recvNow(shared.clear());
        if (received < 0) {
            client.close();
        } else if (received > 0) {
            client.sendNow(shared.flip());
            if (shared.hasRemaining()) {
                ByteBuffer rest = ByteBuffer.allocateDirect(shared.remaining()).put(shared).flip();
                client.handle(new Rest(rest), false, true);
            }
        }
    }

    /** A client that is not read until it has taken the rest of what it was sent. */
    private final class Rest implements ReadinessHandler {
        private final ByteBuffer rest;

        Rest(ByteBuffer rest) {
            this.rest = rest;
        }

        @Override
        public void readable(Descriptor client) {
            throw new AssertionError("not asked for");
        }

        @Override
        public void writable(Descriptor client) throws IOException {
            client.sendNow(rest);
            if (!rest.hasRemaining()) {
                client.handle(EchoCallbacks.this, true, false);
            }
        }
    }
}
