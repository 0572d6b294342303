package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.NewSockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.RejectedExecutionException;

/** Accepts the connections of a server's listener, in a task, and starts a task for each. */
abstract class Acceptor {
    private final ConnectionHandler handler;

    private Acceptor(ConnectionHandler handler) {
        this.handler = handler;
    }

    /** Accepts one connection and passes it on. Keeps nothing of it, even if that fails. */
    abstract void acceptOne(EventLoop loop, Listener listener) throws IOException;

    /** Accepts until the listener or the loop is closed. Closes the listener afterwards. */
    final void acceptAll(EventLoop loop, Listener listener) {
        try (listener) {
            while (listener.isOpen()) {
                try {
                    acceptOne(loop, listener);
                } catch (IOException e) {
                    if (listener.isOpen()) {
                        failed(listener, e);
                    }
                }
            }
        }
    }

    /** If only one connection could not be taken over, accepting goes on. */
    private static void failed(Listener listener, IOException failure) {
        System.getLogger("io.stepoll").log(System.Logger.Level.ERROR, "accepting at " + listener + " failed", failure);
        if (!(failure instanceof SystemCallFailure one && one.failedCall().call().equals("epoll_ctl"))) {
            listener.close();
        }
    }

    final void start(EventLoop loop, StreamSocket connection) {
        try {
            DescriptorAccess.startUnjoinable(loop, null, () -> {
                try (connection) {
                    handler.serve(connection);
                }
            });
        } catch (RuntimeException | Error e) {
            connection.close();
            throw e;
        }
    }

    /** Leaves each connection on the loop that accepted it. */
    static final class ForItself extends Acceptor {
        ForItself(ConnectionHandler handler) {
            super(handler);
        }

        @Override
        void acceptOne(EventLoop loop, Listener listener) throws IOException {
            start(loop, listener.accept());
        }
    }

    /**
     * Hands each connection to the next loop. On the way a connection is a number, on no loop. Exactly one side closes
     * it if something fails: this acceptor until the loop has the callback, then the callback. A loop that closes runs
     * its queued callbacks, too.
     */
    static final class InTurn extends Acceptor {
        private final LoopGroup group;

        InTurn(LoopGroup group, ConnectionHandler handler) {
            super(handler);
            this.group = group;
        }

        @Override
        void acceptOne(EventLoop loop, Listener listener) throws IOException {
            int fd = DescriptorAccess.acceptNumber(listener.descriptor());
            boolean closeMayWait = DescriptorAccess.connectionCloseMayWait(listener.descriptor(), fd);
            try {
                int refusals = 0;
                while (!submit(group.next(), fd, closeMayWait)) {
                    // The loop was closed between the choice and the submit, or its inbox is full: the next one.
                    if (++refusals > group.loops().size()) {
                        DescriptorAccess.close(fd, closeMayWait);
                        return;
                    }
                }
            } catch (RuntimeException | Error e) {
                DescriptorAccess.close(fd, closeMayWait);
                throw e;
            }
        }

        private boolean submit(EventLoop target, int fd, boolean closeMayWait) {
            try {
                target.callSoon(() -> take(target, fd, closeMayWait));
                return true;
            } catch (IllegalStateException | RejectedExecutionException refused) {
                return false;
            }
        }

        /** Runs on the target's thread. Exceptions from here go to the target's failure handler. */
        private void take(EventLoop target, int fd, boolean closeMayWait) {
            StreamSocket connection;
            try {
                connection = new StreamSocket(NewSockets.ownAccepted(target, fd, closeMayWait));
            } catch (IOException e) {
                DescriptorAccess.close(fd, closeMayWait);
                throw new UncheckedIOException(e);
            } catch (RuntimeException | Error e) {
                DescriptorAccess.close(fd, closeMayWait);
                if (!(e instanceof IllegalStateException)) { // thrown by a loop that closes, and then no failure
                    throw e;
                }
                return;
            }
            start(target, connection);
        }
    }
}
