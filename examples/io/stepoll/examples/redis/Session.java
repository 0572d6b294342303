package io.stepoll.examples.redis;

import io.stepoll.buffer.SharedMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/** A client of the database: takes requests out of what the client sends, and replies. */
public final class Session implements AutoCloseable {
    private static final int LONGEST_NAME = 128; // of an unknown command in a message
    private static final byte[] NO_NAME = {};

    final Keyspace keys;
    final Channels channels;
    final Replies replies;
    final Request request = new Request();
    final long id;
    byte[] name = NO_NAME;

    private final SequencedSet<Channels.Channel> subscriptions = new LinkedHashSet<>();
    private final RequestParser parser = new RequestParser(request);
    private final ClientOutput output;
    private boolean ended;

    /**
     * Opens a session.
     *
     * @param database what the client works on
     * @param output where the replies go
     */
    public Session(Database database, ClientOutput output) {
        keys = database.keys;
        channels = database.channels;
        id = database.nextId();
        replies = new Replies(output);
        this.output = output;
    }

    /**
     * Takes the next request out of the input, or what has come of it, and does what it asks for.
     *
     * @param input what the client has sent, cut at any byte. The session does not look at it any more once it writes
     *     the reply: other requests may remain.
     * @throws IOException if the connection is broken
     */
    public void serve(ByteBuffer input) throws IOException {
        try {
            if (parser.parse(input)) {
                execute();
            }
        } catch (ProtocolError e) {
            replies.error(e.getMessage());
            ended = true;
        }
    }

    private void execute() throws IOException {
        Command command = Commands.find(request, 0);
        try {
            if (command == null) {
                throw unknownCommand();
            }
            if (!command.takes(request.count())) {
                throw ErrorReply.wrongNumberOfArguments(command.name());
            }
            if (isSubscribed() && !command.isForSubscribers()) {
                throw new ErrorReply("ERR Can't execute '" + command.name() + "': only (P|S)SUBSCRIBE / "
                        + "(P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");
            }
            command.action().run(this);
        } catch (ErrorReply e) {
            replies.error(e.getMessage());
        }
    }

    private ErrorReply unknownCommand() {
        StringBuilder arguments = new StringBuilder();
        for (int i = 1; i < request.count() && arguments.length() < LONGEST_NAME; i++) {
            String argument = request.text(i, LONGEST_NAME - arguments.length());
            arguments.append('\'').append(argument).append("' ");
        }
        return new ErrorReply("ERR unknown command '" + request.text(0, LONGEST_NAME)
                + "', with args beginning with: " + arguments);
    }

    /** {@return whether the session has ended: the connection is to be closed once the replies are written} */
    public boolean isEnded() {
        return ended;
    }

    /** {@return whether a request has begun and is not complete: the rest is to be waited for} */
    public boolean isWithinRequest() {
        return parser.isWithin();
    }

    /** Ends the session behind the current reply. */
    void end() {
        ended = true;
    }

    boolean isSubscribed() {
        return !subscriptions.isEmpty();
    }

    /** How many channels the client has subscribed to. */
    int subscriptions() {
        return subscriptions.size();
    }

    /** Whether the client has subscribed to the channel that an argument names. */
    boolean isSubscribedTo(int argument) {
        return isSubscribed() && subscriptions.contains(channels.find(request, argument));
    }

    /** Subscribes to the channel that an argument names. */
    void subscribe(int argument) {
        subscriptions.add(channels.join(request, argument, this));
    }

    /** Ends the subscription to a channel, if there is one. */
    void unsubscribe(Channels.Channel channel) {
        if (subscriptions.remove(channel)) {
            channels.leave(channel, this);
        }
    }

    void unsubscribeAll() {
        while (unsubscribeOldest() != null) {
            // One after the other.
        }
    }

    /** Ends the oldest subscription. Returns the name of its channel; null if there is none. */
    byte[] unsubscribeOldest() {
        if (!isSubscribed()) {
            return null;
        }
        Channels.Channel channel = subscriptions.removeFirst();
        channels.leave(channel, this);
        return channel.key;
    }

    void message(SharedMessage message) {
        output.message(message);
    }

    /** Ends all subscriptions. Writes nothing. */
    @Override
    public void close() {
        ended = true;
        unsubscribeAll();
    }
}
