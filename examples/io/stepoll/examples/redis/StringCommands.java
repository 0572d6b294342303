package io.stepoll.examples.redis;

import java.io.IOException;

/** Commands on values that are bytes or numbers. */
final class StringCommands {
    private static final long MILLIS_PER_SECOND = 1000;

    private StringCommands() {}

    static void get(Session session) throws ErrorReply, IOException {
        value(session, session.keys.find(session.request, 1));
    }

    private static void value(Session session, Keyspace.Entry entry) throws ErrorReply, IOException {
        if (entry == null) {
            session.replies.nothing();
        } else if (entry.isList()) {
            throw ErrorReply.WRONG_TYPE;
        } else if (entry.isCounted()) {
            session.replies.decimalBulk(entry.number());
        } else {
            session.replies.bulk(entry.bytes());
        }
    }

    /** The options of SET. */
    private record SetOptions(boolean ifAbsent, boolean ifPresent, boolean get, boolean keepTtl, long millis) {
        private static final SetOptions NONE = new SetOptions(false, false, false, false, -1);

        static SetOptions parse(Request request) throws ErrorReply {
            if (request.count() == 3) {
                return NONE;
            }
            boolean ifAbsent = false;
            boolean ifPresent = false;
            boolean get = false;
            boolean keepTtl = false;
            int seconds = 0; // the argument
            int millis = 0;
            for (int i = 3; i < request.count(); i++) {
                boolean isLast = i + 1 == request.count();
                if (request.is(i, "NX") && !ifPresent) {
                    ifAbsent = true;
                } else if (request.is(i, "XX") && !ifAbsent) {
                    ifPresent = true;
                } else if (request.is(i, "GET")) {
                    get = true;
                } else if (request.is(i, "KEEPTTL") && seconds == 0 && millis == 0) {
                    keepTtl = true;
                } else if (request.is(i, "EX") && !keepTtl && millis == 0 && !isLast) {
                    seconds = ++i;
                } else if (request.is(i, "PX") && !keepTtl && seconds == 0 && !isLast) {
                    millis = ++i;
                } else {
                    throw ErrorReply.SYNTAX;
                }
            }
            return new SetOptions(ifAbsent, ifPresent, get, keepTtl, millis(request, seconds, millis));
        }

        private static long millis(Request request, int seconds, int millis) throws ErrorReply {
            if (seconds == 0 && millis == 0) {
                return -1;
            }
            long time = request.number(seconds + millis);
            if (time <= 0 || seconds != 0 && time > Long.MAX_VALUE / MILLIS_PER_SECOND) {
                throw ErrorReply.invalidExpireTime("set");
            }
            return seconds == 0 ? time : time * MILLIS_PER_SECOND;
        }
    }

    static void set(Session session) throws ErrorReply, IOException {
        Keyspace keys = session.keys;
        Request request = session.request;
        SetOptions options = SetOptions.parse(request);
        long deadlineMillis = options.millis < 0 ? Keyspace.FOR_EVER : keys.deadlineMillis(options.millis, "set");
        Keyspace.Entry entry = keys.find(request, 1);
        if (options.get && entry != null && entry.isList()) {
            throw ErrorReply.WRONG_TYPE;
        }
        boolean had = entry != null;
        boolean counted = had && entry.isCounted();
        byte[] former = had ? entry.bytes() : null;
        long formerNumber = had ? entry.number() : 0;
        boolean sets = had ? !options.ifAbsent : !options.ifPresent;
        if (sets) {
            if (!had) {
                entry = keys.add(request, 1);
            }
            entry.set(request.copy(2));
            if (deadlineMillis != Keyspace.FOR_EVER) {
                keys.expire(entry, deadlineMillis);
            } else if (!options.keepTtl) {
                keys.keep(entry);
            }
        }
        if (!options.get) {
            if (sets) {
                session.replies.ok();
            } else {
                session.replies.nothing();
            }
        } else if (counted) {
            session.replies.decimalBulk(formerNumber);
        } else if (had) {
            session.replies.bulk(former);
        } else {
            session.replies.nothing();
        }
    }

    static void incr(Session session) throws ErrorReply, IOException {
        Keyspace.Entry entry = session.keys.find(session.request, 1);
        long number = 0;
        if (entry != null) {
            if (entry.isList()) {
                throw ErrorReply.WRONG_TYPE;
            }
            number = entry.isCounted() ? entry.number() : Decimal.parse(entry.bytes(), 0, entry.bytes().length);
            if (number == Long.MAX_VALUE) {
                throw new ErrorReply("ERR increment or decrement would overflow");
            }
        } else {
            entry = session.keys.add(session.request, 1);
        }
        entry.set(++number);
        session.replies.integer(number);
    }

    /** A list counts as nothing. */
    static void mget(Session session) throws IOException {
        Request request = session.request;
        Object[] values = new Object[request.count() - 1];
        for (int i = 0; i < values.length; i++) {
            Keyspace.Entry entry = session.keys.find(request, i + 1);
            if (entry != null && !entry.isList()) {
                values[i] = entry.isCounted() ? (Object) entry.number() : entry.bytes();
            }
        }
        session.replies.array(values.length);
        for (Object value : values) {
            switch (value) {
                case null -> session.replies.nothing();
                case Long number -> session.replies.decimalBulk(number);
                default -> session.replies.bulk((byte[]) value);
            }
        }
    }
}
