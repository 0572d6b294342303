package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** A transport that can pass descriptors along with bytes; see unix(7), SCM_RIGHTS. */
public interface PassingTransport extends Transport {
    int readPassed(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos) throws IOException;

    int tryReadPassed(Descriptor socket, ByteBuffer target, IntConsumer passed) throws IOException;

    int writePassing(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos) throws IOException;

    int tryWritePassing(Descriptor socket, ByteBuffer source, int[] descriptors) throws IOException;
}
