package io.stepoll.examples.redis;

import java.io.IOException;

/** Commands on lists. */
final class ListCommands {
    private ListCommands() {}

    private static ListValue list(Keyspace.Entry entry) throws ErrorReply {
        if (entry != null && !entry.isList()) {
            throw ErrorReply.WRONG_TYPE;
        }
        return entry == null ? null : entry.list();
    }

    static void lpush(Session session) throws ErrorReply, IOException {
        Request request = session.request;
        Keyspace.Entry entry = session.keys.find(request, 1);
        ListValue list = list(entry);
        if (list == null) {
            list = new ListValue();
            session.keys.add(request, 1).set(list);
        }
        for (int i = 2; i < request.count(); i++) {
            list.push(request.bytes(), request.start(i), request.length(i));
        }
        session.replies.integer(list.size());
    }

    /** Walks through the list while it writes: pushes of other clients meanwhile do not change what it sees. */
    static void lrange(Session session) throws ErrorReply, IOException {
        long first = session.request.number(2);
        long last = session.request.number(3);
        ListValue list = list(session.keys.find(session.request, 1));
        long size = list == null ? 0 : list.size();
        long begin = Math.max(first < 0 ? first + size : first, 0);
        long end = Math.min(last < 0 ? last + size : last, size - 1) + 1;
        session.replies.array(Math.max(end - begin, 0));
        if (begin < end) {
            ListValue.Place place = list.place(begin);
            for (long i = begin; i < end; i++) {
                session.replies.bulk(place.bytes(), place.start(), place.length());
                place.next();
            }
        }
    }
}
