package io.stepoll.buffer;

import io.stepoll.EventLoop;
import io.stepoll.net.StreamChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/** Any channel of bytes: a TLS connection, or one of the user's own. */
final class ChannelEnds extends Ends {
    private final StreamChannel channel;

    /** A TLS connection must not be asked without waiting before a call that waits has done its handshake. */
    private boolean begun;

    ChannelEnds(StreamChannel channel) {
        this.channel = channel;
    }

    @Override
    EventLoop loop() {
        return channel.loop();
    }

    @Override
    boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    boolean mayRead() {
        return begun;
    }

    @Override
    int tryRead(ByteBuffer target) throws IOException {
        return channel.tryRead(target);
    }

    @Override
    void awaitReadable() throws IOException {
        channel.awaitReadable();
        begun = true;
    }

    @Override
    boolean awaitRequest() throws IOException {
        boolean is = channel.awaitRequest();
        begun = true;
        return is;
    }

    @Override
    void write(ByteBuffer source) throws IOException {
        channel.write(source);
        begun = true;
    }

    @Override
    void write(ByteBuffer first, ByteBuffer second) throws IOException {
        channel.write(new ByteBuffer[] {first, second}, 0, 2);
        begun = true;
    }

    @Override
    int tryWrite(ByteBuffer source) throws IOException {
        return channel.tryWrite(source);
    }

    @Override
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    void close() {
        channel.close();
    }

    @Override
    public String describe() {
        return channel.toString();
    }

    @Override
    public void checkOpen() throws ClosedChannelException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
    }
}
