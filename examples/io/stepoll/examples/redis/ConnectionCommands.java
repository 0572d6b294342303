package io.stepoll.examples.redis;

import java.io.IOException;
import java.util.Locale;

/** Commands on the connection itself. */
final class ConnectionCommands {
    private static final int LONGEST_NAME = 128; // of a subcommand in a message
    private static final int HELLO_FIELDS = 7;
    private static final byte[] NO_BYTES = {};

    private ConnectionCommands() {}

    static void ping(Session session) throws ErrorReply, IOException {
        Request request = session.request;
        if (request.count() > 2) {
            throw ErrorReply.wrongNumberOfArguments("ping");
        }
        boolean hasText = request.count() == 2;
        if (session.isSubscribed()) {
            session.replies.pongToSubscriber(request.bytes(), hasText ? request.start(1) : 0,
                    hasText ? request.length(1) : 0);
        } else if (hasText) {
            session.replies.bulk(request.bytes(), request.start(1), request.length(1));
        } else {
            session.replies.pong();
        }
    }

    static void echo(Session session) throws IOException {
        Request request = session.request;
        session.replies.bulk(request.bytes(), request.start(1), request.length(1));
    }

    /** There is one database, number 0. */
    static void select(Session session) throws ErrorReply, IOException {
        if (session.request.number(1) != 0) {
            throw new ErrorReply("ERR DB index is out of range");
        }
        session.replies.ok();
    }

    static void client(Session session) throws ErrorReply, IOException {
        Request request = session.request;
        switch (subcommand(request)) {
            case "setname" -> {
                checkCount(request, 3, "client|setname");
                session.name = checkName(request.copy(2));
                session.replies.ok();
            }
            case "getname" -> {
                checkCount(request, 2, "client|getname");
                if (session.name.length == 0) {
                    session.replies.nothing();
                } else {
                    session.replies.bulk(session.name);
                }
            }
            case "id" -> {
                checkCount(request, 2, "client|id");
                session.replies.integer(session.id);
            }
            case "setinfo" -> { // what the client's library is; nobody asks for it
                checkCount(request, 4, "client|setinfo");
                session.replies.ok();
            }
            default -> throw unknownSubcommand(request, "CLIENT");
        }
    }

    private static byte[] checkName(byte[] name) throws ErrorReply {
        for (byte character : name) {
            if (character < '!' || character > '~') {
                throw new ErrorReply("ERR Client names cannot contain spaces, newlines or special characters.");
            }
        }
        return name;
    }

    /** Speaks version 2 of the protocol only. Clients that ask for 3 then go on with 2. */
    static void hello(Session session) throws ErrorReply, IOException {
        Request request = session.request;
        if (request.count() > 1) {
            long version;
            try {
                version = request.number(1);
            } catch (ErrorReply e) {
                throw new ErrorReply("ERR Protocol version is not an integer or out of range");
            }
            if (version != 2) {
                throw new ErrorReply("NOPROTO unsupported protocol version");
            }
        }
        byte[] name = session.name;
        for (int i = 2; i < request.count(); i += 2) {
            if (!request.is(i, "SETNAME") || i + 1 == request.count()) {
                throw new ErrorReply("ERR Syntax error in HELLO option '" + request.text(i, LONGEST_NAME) + "'");
            }
            name = checkName(request.copy(i + 1));
        }
        session.name = name;
        describe(session);
    }

    private static void describe(Session session) throws IOException {
        Replies replies = session.replies;
        replies.array(2L * HELLO_FIELDS);
        replies.bulk("server");
        replies.bulk("redis");
        replies.bulk("version");
        replies.bulk(ServerCommands.VERSION);
        replies.bulk("proto");
        replies.integer(2);
        replies.bulk("id");
        replies.integer(session.id);
        replies.bulk("mode");
        replies.bulk("standalone");
        replies.bulk("role");
        replies.bulk("master");
        replies.bulk("modules");
        replies.array(0);
    }

    static void reset(Session session) throws IOException {
        session.name = NO_BYTES;
        session.unsubscribeAll();
        session.replies.simple("RESET");
    }

    static void quit(Session session) throws IOException {
        session.replies.ok();
        session.end();
    }

    /** A browser that was led here sends HTTP. Its body may hold commands of an attacker: nothing of it is read. */
    static void http(Session session) {
        session.end();
    }

    static String subcommand(Request request) {
        return request.text(1, LONGEST_NAME).toLowerCase(Locale.ROOT);
    }

    static ErrorReply unknownSubcommand(Request request, String command) {
        return new ErrorReply("ERR unknown subcommand '" + request.text(1, LONGEST_NAME) + "'. Try " + command
                + " HELP.");
    }

    static void checkCount(Request request, int count, String command) throws ErrorReply {
        if (request.count() != count) {
            throw ErrorReply.wrongNumberOfArguments(command);
        }
    }
}
