package io.stepoll.examples.redis;

import java.io.IOException;

/** Commands on channels. */
final class PubSubCommands {
    private PubSubCommands() {}

    static void publish(Session session) throws IOException {
        session.replies.integer(session.channels.publish(session.request));
    }

    /** Confirms before it subscribes: no message comes before the confirmation. */
    static void subscribe(Session session) throws IOException {
        for (int i = 1; i < session.request.count(); i++) {
            int subscriptions = session.subscriptions() + (session.isSubscribedTo(i) ? 0 : 1);
            session.replies.confirmation("subscribe", session.request.copy(i), subscriptions);
            session.subscribe(i);
        }
    }

    /** Without arguments: from all channels. */
    static void unsubscribe(Session session) throws IOException {
        Request request = session.request;
        for (int i = 1; i < request.count(); i++) {
            Channels.Channel channel = session.channels.find(request, i);
            if (channel != null) {
                session.unsubscribe(channel);
            }
            session.replies.confirmation("unsubscribe", request.copy(i), session.subscriptions());
        }
        if (request.count() == 1) {
            do {
                byte[] channel = session.unsubscribeOldest();
                session.replies.confirmation("unsubscribe", channel, session.subscriptions());
            } while (session.isSubscribed());
        }
    }
}
