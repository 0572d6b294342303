package io.stepoll.buffer;

import io.stepoll.Descriptor;
import io.stepoll.TaskBody;
import io.stepoll.WouldBlockException;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.VirtualTimeFixture;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A buffered stream over one end of a connection, in virtual time. The other end is the test's. */
abstract class StreamFixture extends VirtualTimeFixture {
    BufferedStream stream;

    /** What the stream is over. */
    StreamSocket socket;

    StreamSocket peer;

    @Override
    @BeforeEach
    protected void open() throws Exception {
        super.open();
        renew();
    }

    /** Makes another connection, for a test of several. */
    void renew() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        socket = pair[0];
        stream = BufferedStream.over(socket);
        peer = pair[1];
    }

    @Override
    @AfterEach
    protected void close() {
        try {
            stream.close();
        } catch (Exception e) {
            // A test may leave bytes that do not go.
        }
        super.close();
    }

    void inTask(TaskBody body) throws Exception {
        super.<Void>inTask(() -> {
            body.run();
            return null;
        });
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The peer sends. There is room, so this need not be in a task. */
    void send(String text) throws Exception {
        peer.tryWrite(bytes(text));
    }

    /** What has come to the peer since, also if the loop has not polled since. */
    String received() throws Exception {
        ByteBuffer target = ByteBuffer.allocate(1 << 20);
        try {
            while (peer.descriptor().recv(target, Descriptor.MSG_DONTWAIT) > 0) {
                // more
            }
        } catch (WouldBlockException e) {
            // That was all.
        }
        return StandardCharsets.UTF_8.decode(target.flip()).toString();
    }
}
