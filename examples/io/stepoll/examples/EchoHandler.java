package io.stepoll.examples;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Serves a client of the {@link EchoServer} by callbacks. Its state is in fields instead of local variables. */
final class EchoHandler implements ReadinessHandler {
    private static final int BUFFER_BYTES = 1 << 14;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private EchoHandler() {}

    /** Handles the listener: accepts all clients that wait. */
    static void acceptAll(Descriptor listener) throws IOException {
        for (Descriptor client = listener.tryAccept(); client != null; client = listener.tryAccept()) {
            client.handle(new EchoHandler(), true, false);
        }
    }

    @Override
    public void readable(Descriptor client) throws IOException {
        if (client.tryRead(buffer.clear()) == -1) {
            client.close();
            return;
        }
        writable(client, buffer.flip());
    }

    @Override
    public void writable(Descriptor client) throws IOException {
        writable(client, buffer);
    }

    /** Writes what there is room for. Until all bytes have gone, the handler waits for room and reads no more. */
    private void writable(Descriptor client, ByteBuffer source) throws IOException {
        client.tryWrite(source);
        boolean allGone = !source.hasRemaining();
        client.handle(this, allGone, !allGone);
    }
}
