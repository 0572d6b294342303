package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.buffer.WriteQueue.WhenFull;
import io.stepoll.net.StreamSocket;
import io.stepoll.sync.BoundedChannel;
import io.stepoll.sync.ChannelClosedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A channel from a callback to two tasks, and one message for several connections. */
public final class Queues {
    private Queues() {}

    /** Prints what the tasks get. */
    public static void main(String[] arguments) throws Exception {
        channel();
        broadcast();
    }

    private static void channel() throws IOException {
        BoundedChannel<String> jobs = new BoundedChannel<>(16);
        try (EventLoop loop = EventLoop.open()) {
            for (int i = 1; i <= 2; i++) {
                String worker = "worker " + i;
                loop.spawn(worker, () -> {
                    try {
                        while (true) {
                            System.out.println(worker + ": " + jobs.receive());
                        }
                    } catch (ChannelClosedException e) {
                        System.out.println(worker + ": done");
                    }
                });
            }
            loop.callSoon(() -> {
                jobs.trySend("job 1"); // a callback must not wait; false would say that there is no room
                jobs.trySend("job 2");
                jobs.close();
            });
            loop.runUntilDone();
        }
    }

    private static void broadcast() throws IOException {
        try (EventLoop loop = EventLoop.open()) {
            List<WriteQueue> subscribers = new ArrayList<>();
            for (int i = 1; i <= 2; i++) {
                StreamSocket[] pair = StreamSocket.pair(loop);
                subscribers.add(WriteQueue.over(pair[0]).limit(1 << 20, WhenFull.DROP));
                String name = "subscriber " + i;
                loop.spawn(() -> System.out.println(name + ": " + read(pair[1])));
            }
            loop.callSoon(() -> publish(loop, subscribers, "news"));
            loop.runUntilDone();
        }
    }

    /** A peer that does not read misses messages, and slows nobody down. */
    private static void publish(EventLoop loop, List<WriteQueue> subscribers, String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try (SharedMessage message = SharedMessage.copyOf(loop, bytes)) {
            for (WriteQueue subscriber : subscribers) {
                if (!subscriber.write(message)) {
                    System.out.println(subscriber.dropped() + " dropped");
                }
                subscriber.close(); // behind what is queued
            }
        } catch (IOException e) {
            System.out.println("a subscriber has gone: " + e);
        }
    }

    private static String read(StreamSocket socket) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        while (socket.read(buffer) >= 0) {
            // the rest
        }
        socket.close();
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }
}
