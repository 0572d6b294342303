package io.stepoll.protocol;

import io.stepoll.Descriptor;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** A Unix socket that carries descriptors from one loop to another, or to the same: one in each message. */
final class Carrier {
    private static final int MOST_TRIES = 1000;

    final LoopModel from;
    final LoopModel to;
    final StreamSocket sender;
    final StreamSocket receiver;
    final Deque<End> onTheirWay = new ArrayDeque<>();

    Carrier(LoopModel from, LoopModel to, StreamSocket sender, StreamSocket receiver) {
        this.from = from;
        this.to = to;
        this.sender = sender;
        this.receiver = receiver;
    }

    /**
     * Receives all that is on its way, before the loop of the receiving end closes. What nobody has received is closed
     * by another thread, at a time of its own.
     */
    void receiveAll() {
        World world = from.world;
        try {
            for (int i = 0; !onTheirWay.isEmpty(); i++) {
                int count = receiver.tryReadPassed(ByteBuffer.allocate(1), fd -> Connections.passed(this, fd));
                // Until a poll has looked the receiver says that it would block.
                if (i > MOST_TRIES || count != 1 && count != Descriptor.WOULD_BLOCK) {
                    world.fail("tryReadPassed has returned " + count);
                    return;
                }
                to.step(false);
            }
        } catch (IOException e) {
            world.fail("receiving a passed descriptor", e);
        }
    }
}
