package io.stepoll.examples.redis;

/** Ends a command with an error reply. It has no stack trace: a client may cause as many as it likes. */
final class ErrorReply extends Exception {
    private static final long serialVersionUID = 1;

    static final ErrorReply SYNTAX = new ErrorReply("ERR syntax error");
    static final ErrorReply NO_INTEGER = new ErrorReply("ERR value is not an integer or out of range");
    static final ErrorReply WRONG_TYPE =
            new ErrorReply("WRONGTYPE Operation against a key holding the wrong kind of value");

    ErrorReply(String message) {
        super(message, null, false, false);
    }

    static ErrorReply wrongNumberOfArguments(String command) {
        return new ErrorReply("ERR wrong number of arguments for '" + command + "' command");
    }

    static ErrorReply invalidExpireTime(String command) {
        return new ErrorReply("ERR invalid expire time in '" + command + "' command");
    }
}
