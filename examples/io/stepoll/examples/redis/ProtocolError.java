package io.stepoll.examples.redis;

/** What a client sends is no request. It gets the message, and its connection ends, as nobody knows what follows. */
final class ProtocolError extends Exception {
    private static final long serialVersionUID = 1;

    ProtocolError(String message) {
        super("ERR Protocol error: " + message, null, false, false);
    }
}
