package io.stepoll.examples.redis;

import java.io.IOException;

/** Commands on keys, whatever their values are. */
final class KeyCommands {
    private static final long MILLIS_PER_SECOND = 1000;

    private KeyCommands() {}

    static void del(Session session) throws IOException {
        int deleted = 0;
        for (int i = 1; i < session.request.count(); i++) {
            Keyspace.Entry entry = session.keys.find(session.request, i);
            if (entry != null) {
                session.keys.remove(entry);
                deleted++;
            }
        }
        session.replies.integer(deleted);
    }

    static void exists(Session session) throws IOException {
        int found = 0;
        for (int i = 1; i < session.request.count(); i++) {
            if (session.keys.find(session.request, i) != null) {
                found++;
            }
        }
        session.replies.integer(found);
    }

    static void expire(Session session) throws ErrorReply, IOException {
        expire(session, "expire", MILLIS_PER_SECOND);
    }

    static void pexpire(Session session) throws ErrorReply, IOException {
        expire(session, "pexpire", 1);
    }

    private static void expire(Session session, String command, long millisPerUnit) throws ErrorReply, IOException {
        Condition condition = Condition.parse(session.request);
        long time = session.request.number(2);
        if (time > Long.MAX_VALUE / millisPerUnit || time < Long.MIN_VALUE / millisPerUnit) {
            throw ErrorReply.invalidExpireTime(command);
        }
        Keyspace keys = session.keys;
        long deadlineMillis = keys.deadlineMillis(time * millisPerUnit, command);
        Keyspace.Entry entry = keys.find(session.request, 1);
        boolean sets = entry != null && condition.holds(entry.deadlineMillis(), deadlineMillis);
        if (sets && time <= 0) {
            keys.remove(entry);
        } else if (sets) {
            keys.expire(entry, deadlineMillis);
        }
        session.replies.integer(sets ? 1 : 0);
    }

    /** The options of EXPIRE: set the deadline only if there is none, or there is one, or it is later, or earlier. */
    private record Condition(boolean none, boolean some, boolean later, boolean earlier) {
        private static final Condition ALWAYS = new Condition(false, false, false, false);

        static Condition parse(Request request) throws ErrorReply {
            Condition condition = ALWAYS;
            for (int i = 3; i < request.count(); i++) {
                condition = new Condition(condition.none | request.is(i, "NX"), condition.some | request.is(i, "XX"),
                        condition.later | request.is(i, "GT"), condition.earlier | request.is(i, "LT"));
                if (!request.is(i, "NX") && !request.is(i, "XX") && !request.is(i, "GT") && !request.is(i, "LT")) {
                    throw new ErrorReply("ERR Unsupported option " + request.text(i, Integer.MAX_VALUE));
                }
            }
            if (condition.none && (condition.some || condition.later || condition.earlier)) {
                throw new ErrorReply("ERR NX and XX, GT or LT options at the same time are not compatible");
            }
            if (condition.later && condition.earlier) {
                throw new ErrorReply("ERR GT and LT options at the same time are not compatible");
            }
            return condition;
        }

        /** Without a deadline a key stays for ever: any deadline is earlier. */
        boolean holds(long formerMillis, long newMillis) {
            boolean hasFormer = formerMillis != Keyspace.FOR_EVER;
            return !(none && hasFormer) && !(some && !hasFormer) && !(later && newMillis <= formerMillis)
                    && !(earlier && hasFormer && newMillis >= formerMillis);
        }
    }

    static void ttl(Session session) throws IOException {
        long millis = leftMillis(session);
        session.replies.integer(millis < 0 ? millis : (millis + MILLIS_PER_SECOND / 2) / MILLIS_PER_SECOND);
    }

    static void pttl(Session session) throws IOException {
        session.replies.integer(leftMillis(session));
    }

    /** The time that a key has left; -1 if it stays for ever, -2 if there is none. */
    private static long leftMillis(Session session) {
        Keyspace.Entry entry = session.keys.find(session.request, 1);
        if (entry == null) {
            return -2;
        }
        return entry.deadlineMillis() == Keyspace.FOR_EVER ? -1 : entry.deadlineMillis() - session.keys.nowMillis();
    }
}
