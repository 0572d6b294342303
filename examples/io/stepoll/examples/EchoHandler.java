package io.stepoll.examples;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The {@link EchoServer}'s clients as callbacks: what a task is in straight code, with the state in fields. */
final class EchoHandler implements ReadinessHandler {
    private static final int BUFFER_BYTES = 1 << 14;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private EchoHandler() {}

    /** The listener's handler. */
    static void acceptAll(Descriptor listener) throws IOException {
        for (Descriptor client = listener.acceptNow(); client != null; client = listener.acceptNow()) {
            client.handle(new EchoHandler(), true, false);
        }
    }

    @Override
    public void readable(Descriptor client) throws IOException {
        if (client.recvNow(buffer.clear()) < 0) {
            client.close();
            return;
        }
        writable(client, buffer.flip());
    }

    @Override
    public void writable(Descriptor client) throws IOException {
        writable(client, buffer);
    }

    /** While not all has gone, the client is asked for room and not for more. */
    private void writable(Descriptor client, ByteBuffer source) throws IOException {
        client.sendNow(source);
        boolean allGone = !source.hasRemaining();
        client.handle(this, allGone, !allGone);
    }
}
