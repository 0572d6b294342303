package io.stepoll.protocol;

import io.stepoll.net.StreamSocket;
import java.util.ArrayDeque;
import java.util.Deque;

/** A Unix socket that carries descriptors from one loop to another, or to the same: one in each message. */
final class Carrier {
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

    /** The receiving end is closed: what nobody has received is dropped. */
    void receiverClosed() {
        while (!onTheirWay.isEmpty()) {
            End dropped = onTheirWay.poll();
            dropped.inFlight--;
            dropped.released();
        }
    }
}
