package io.stepoll.internal.io;

import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.threads.PhantomWatcher;
import java.util.concurrent.ConcurrentSkipListMap;

/** Finds roaming sockets that nobody can reach any more and nobody has closed. Closes each, and reports it. */
final class UnclosedSockets extends PhantomWatcher.Watch<Object> {
    private static final PhantomWatcher WATCHER = new PhantomWatcher("stepoll-unclosed-sockets");

    /** The watches of all open sockets, by the number of the socket: this keeps them reachable. It takes no lock. */
    private static final ConcurrentSkipListMap<Integer, UnclosedSockets> OPEN = new ConcurrentSkipListMap<>();

    private final RoamingSocket socket;

    private UnclosedSockets(Object user, RoamingSocket socket) {
        super(user, WATCHER);
        this.socket = socket;
    }

    static UnclosedSockets watch(Object user, RoamingSocket socket) {
        UnclosedSockets watch = new UnclosedSockets(user, socket);
        OPEN.put(socket.fd(), watch);
        return watch;
    }

    /** The socket is closed, and its number is about to be. */
    void closed() {
        clear();
        OPEN.remove(socket.fd(), this);
    }

    @Override
    protected void unreachable() {
        if (!socket.isClosed()) {
            String what = AddressText.of(socket.fd());
            socket.close(true);
            Log.logger().log(System.Logger.Level.WARNING, () -> what + " was never closed, and is closed: nobody can"
                    + " reach it any more");
        }
    }
}
