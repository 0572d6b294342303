package io.stepoll.bench.jmh;

import io.stepoll.net.StreamSocket;
import java.io.IOException;

/** A loop with both ends of a connection. */
public abstract class ConnectedPair extends OpenLoop {
    StreamSocket near;
    StreamSocket far;

    @Override
    protected void prepare() throws IOException {
        StreamSocket[] pair = StreamSocket.pair(loop);
        near = pair[0];
        far = pair[1];
    }
}
