package io.stepoll.examples.redis;

import io.stepoll.EventLoop;
import java.util.function.LongSupplier;

/** What all clients of a server share. Needs no lock: its methods belong to the thread of one loop. */
public final class Database {
    final Keyspace keys;
    final Channels channels;
    private long lastId;

    /**
     * Makes an empty database.
     *
     * @param loop whose timers remove the keys that have expired
     * @param nanoTime the clock by which the loop's timers run
     */
    public Database(EventLoop loop, LongSupplier nanoTime) {
        channels = new Channels(loop);
        keys = new Keyspace(loop, nanoTime);
    }

    long nextId() {
        return ++lastId;
    }
}
