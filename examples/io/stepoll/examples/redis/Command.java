package io.stepoll.examples.redis;

import java.io.IOException;

/**
 * A command.
 *
 * @param name in lower case
 * @param arity how many arguments it has, its name included; negative: at least so many
 * @param flags as COMMAND reports them, separated by spaces
 * @param firstKey the number of the first argument that is a key; 0 for none
 * @param lastKey the number of the last one; -1 for the last argument
 * @param action what it does
 */
record Command(String name, int arity, String flags, int firstKey, int lastKey, Action action) {
    /** Does what a client asks for in its request, and replies. */
    @FunctionalInterface
    interface Action {
        void run(Session session) throws ErrorReply, IOException;
    }

    /** Whether a client that has subscribed to a channel may send it. */
    boolean isForSubscribers() {
        return switch (name) {
            case "subscribe", "unsubscribe", "ping", "quit", "reset" -> true;
            default -> false;
        };
    }

    boolean takes(int arguments) {
        return arity >= 0 ? arguments == arity : arguments >= -arity;
    }
}
