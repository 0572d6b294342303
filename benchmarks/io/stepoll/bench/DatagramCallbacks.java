package io.stepoll.bench;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import java.io.IOException;

/** The datagrams of {@link EchoServer} in callbacks. While there is no room for the answers nothing is received. */
final class DatagramCallbacks implements ReadinessHandler {
    private final DatagramEndpoint socket;
    private final DatagramBatch batch;
    private int sent;

    DatagramCallbacks(DatagramEndpoint socket, DatagramBatch batch) {
        this.socket = socket;
        this.batch = batch;
    }

    @Override
    public void readable(Descriptor descriptor) throws IOException {
        while (socket.tryReceiveBatch(batch) > 0) {
            sent = 0;
            if (!sendRest()) {
                descriptor.handle(this, false, true);
                return;
            }
        }
    }

    @Override
    public void writable(Descriptor descriptor) throws IOException {
        if (sendRest()) {
            descriptor.handle(this, true, false);
        }
    }

    /** {@return whether the whole batch has been sent} */
    private boolean sendRest() throws IOException {
        int more = socket.trySendBatch(batch, sent);
        if (more != Descriptor.WOULD_BLOCK) {
            sent += more;
        }
        return sent == batch.count();
    }
}
