package io.stepoll.net;

import io.stepoll.internal.net.AcceptedConnection;
import io.stepoll.internal.net.DescriptorAccess;
import java.io.IOException;
import java.util.List;

/** Accepts the connections of one listener, in a task, and gives each to the next of its loops. */
final class Acceptor {
    private final Admission admission;
    private final ServerOptions<?> options;
    private final List<? extends LoopConnections<?>> loops;
    private int turn;

    /** @param loops those that get the connections in turn; the listener's own for a listener on each loop */
    Acceptor(Admission admission, ServerOptions<?> options, List<? extends LoopConnections<?>> loops) {
        this.admission = admission;
        this.options = options;
        this.loops = loops;
    }

    /** Accepts until the listener or the loop is closed. Closes the listener afterwards. */
    void acceptAll(Listener listener) {
        try (listener) {
            DescriptorAccess.atEnd(listener.descriptor(), admission::wakeAll);
            acceptWhileOpen(listener);
        }
    }

    private void acceptWhileOpen(Listener listener) {
        try {
            while (listener.isOpen()) {
                acceptOne(listener);
            }
        } catch (IOException e) {
            if (listener.isOpen()) { // else the listener, or its loop, was closed meanwhile
                System.getLogger("io.stepoll")
                        .log(System.Logger.Level.ERROR, "accepting at " + listener + " failed", e);
            }
        }
    }

    /**
     * Accepts one connection, or waits for one. No room is reserved during that wait: the acceptors of other loops
     * would lack it. Where a full server waits, nothing is accepted without room; the backlog holds the connections.
     */
    private void acceptOne(Listener listener) throws IOException {
        boolean waits = admission.waitsWhenFull();
        if (waits && !admission.tryReserve()) {
            AcceptedConnection.await(listener.descriptor());
            admission.awaitRoom(listener);
            return;
        }
        AcceptedConnection accepted = null;
        try {
            accepted = AcceptedConnection.of(listener.descriptor());
        } finally {
            if (waits && accepted == null) {
                admission.release();
            }
        }
        if (accepted == null) {
            AcceptedConnection.await(listener.descriptor());
            return;
        }
        admission.accepts();
        if (waits || admission.tryReserve()) {
            admit(accepted);
        } else {
            admission.refuses();
            accepted.reset();
        }
    }

    /** Gives a connection, for which room is reserved, to a loop. Keeps nothing of it, even if that fails. */
    private void admit(AcceptedConnection accepted) {
        boolean taken = false;
        admission.begins(); // before another loop may say that the connection has ended
        try {
            taken = isWelcome(accepted) && handOn(accepted);
        } finally {
            if (!taken) {
                admission.turnsAway();
                accepted.reset();
            }
        }
    }

    private boolean isWelcome(AcceptedConnection accepted) {
        if (options.filter() == null) {
            return true;
        }
        try {
            return options.filter().test(accepted.peer(Addresses.CODEC));
        } catch (Throwable thrown) { // an error would end the task that accepts, and with it the server
            loops.getFirst().tell(accepted, thrown);
            return false;
        }
    }

    /** Returns false if no loop takes it: all are closed, or their inboxes are full. */
    private boolean handOn(AcceptedConnection accepted) {
        for (int refusals = 0; refusals < loops.size(); refusals++) {
            turn = (turn + 1) % loops.size();
            if (loops.get(turn).take(accepted)) {
                return true;
            }
        }
        return false;
    }
}
