package io.stepoll.bench;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import java.io.IOException;

/** {@link EchoServer}'s datagrams as callbacks. While there is no room for an answer nothing is received. */
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
        while (socket.receiveBatchNow(batch) > 0) {
            sent = socket.sendBatchNow(batch, 0);
            if (sent < batch.count()) {
                descriptor.handle(this, false, true);
                return;
            }
        }
    }

    @Override
    public void writable(Descriptor descriptor) throws IOException {
        sent += socket.sendBatchNow(batch, sent);
        if (sent == batch.count()) {
            descriptor.handle(this, true, false);
        }
    }
}
