package io.stepoll.examples.redis;

import io.stepoll.EventLoop;
import io.stepoll.buffer.SharedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/** The channels that somebody has subscribed to. The methods belong to the loop's thread. */
final class Channels {
    private static final byte[] BEGIN = "*3\r\n$7\r\nmessage\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_HEADER_BYTES = 24;

    /** A channel, which has subscribers. */
    static final class Channel extends BytesMap.Entry {
        private final Set<Session> subscribers = new LinkedHashSet<>();

        private Channel(byte[] name) {
            super(name);
        }
    }

    private final BytesMap<Channel> channels = new BytesMap<>();
    private final EventLoop loop;

    Channels(EventLoop loop) {
        this.loop = loop;
    }

    /** {@return the channel that an argument names; null if nobody has subscribed to it} */
    Channel find(Request request, int argument) {
        return channels.get(request.bytes(), request.start(argument), request.length(argument));
    }

    /** Subscribes to the channel that an argument names, and returns it. */
    Channel join(Request request, int argument, Session subscriber) {
        Channel channel = find(request, argument);
        if (channel == null) {
            channel = new Channel(request.copy(argument));
            channels.add(channel);
        }
        channel.subscribers.add(subscriber);
        return channel;
    }

    /** Ends a subscription, if there is one. */
    void leave(Channel channel, Session subscriber) {
        if (channel.subscribers.remove(subscriber) && channel.subscribers.isEmpty()) {
            channels.remove(channel);
        }
    }

    /**
     * Queues a message for all subscribers of a channel, and waits for none of them.
     *
     * @param request the name of the channel and the message are its second and third argument
     * @return how many subscribers there are
     */
    int publish(Request request) {
        Channel channel = find(request, 1);
        if (channel == null) {
            return 0;
        }
        try (SharedMessage message = SharedMessage.copyOf(loop, message(channel.key, request))) {
            for (Session subscriber : channel.subscribers) {
                subscriber.message(message);
            }
        }
        return channel.subscribers.size();
    }

    private static ByteBuffer message(byte[] name, Request request) {
        int length = request.length(2);
        ByteBuffer message = ByteBuffer.allocate(BEGIN.length + 2 * MOST_HEADER_BYTES + name.length + length);
        message.put(BEGIN);
        bulk(message, name, 0, name.length);
        bulk(message, request.bytes(), request.start(2), length);
        return message.flip();
    }

    private static void bulk(ByteBuffer target, byte[] bytes, int start, int length) {
        target.put((byte) '$');
        target.position(Decimal.put(length, target.array(), target.position()));
        target.put((byte) '\r').put((byte) '\n').put(bytes, start, length).put((byte) '\r').put((byte) '\n');
    }
}
