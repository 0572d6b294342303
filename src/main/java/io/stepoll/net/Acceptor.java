package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Takes the connections of a server's listener, in a task, and starts their tasks. */
abstract sealed class Acceptor {
    final ConnectionHandler handler;

    private Acceptor(ConnectionHandler handler) {
        this.handler = handler;
    }

    /** Accepts one connection, and is rid of it, whatever happens. */
    abstract void acceptOne(EventLoop loop, Listener listener) throws IOException;

    /** Until the listener, or the loop, is closed. A listener from which nobody accepts is closed. */
    final void acceptAll(EventLoop loop, Listener listener) {
        try (listener) {
            while (listener.descriptor().isOpen()) {
                try {
                    acceptOne(loop, listener);
                } catch (IOException e) {
                    if (listener.descriptor().isOpen()) {
                        failed(listener, e);
                    }
                }
            }
        }
    }

    /** A connection that could not be taken on costs no other one. */
    private static void failed(Listener listener, IOException failure) {
        System.getLogger("io.stepoll").log(System.Logger.Level.ERROR, "accepting at " + listener + " failed", failure);
        if (!(failure instanceof SystemCallFailure one && one.failedCall().call().equals("epoll_ctl"))) {
            listener.close();
        }
    }

    final void start(EventLoop loop, StreamSocket connection) {
        try {
            loop.spawn(() -> {
                try (connection) {
                    handler.serve(connection);
                }
            });
        } catch (RuntimeException | Error e) {
            connection.close();
            throw e;
        }
    }

    /** The connections stay on the loop that accepted them. */
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
     * Each connection goes to the next loop. On the way it is a number, on no loop, and there is always exactly one
     * who closes it: this until the loop has the callback, then that, which a closing loop runs as well.
     */
    static final class InTurn extends Acceptor {
        private final LoopGroup group;

        InTurn(LoopGroup group, ConnectionHandler handler) {
            super(handler);
            this.group = group;
        }

        @Override
        void acceptOne(EventLoop loop, Listener listener) throws IOException {
            int fd = loop.acceptNumber(listener.descriptor());
            try {
                while (!submit(group.next(), fd)) {
                    // closed between the choice and the submit: the next one, until there is none
                }
            } catch (RuntimeException | Error e) {
                Descriptors.close(fd);
                throw e;
            }
        }

        private boolean submit(EventLoop target, int fd) {
            try {
                target.callSoon(() -> take(target, fd));
                return true;
            } catch (IllegalStateException closed) {
                return false;
            }
        }

        /** On the target's thread. What is thrown here goes to its failure handler. */
        private void take(EventLoop target, int fd) {
            StreamSocket connection;
            try {
                connection = StreamSocket.of(target, fd);
            } catch (IOException e) {
                Descriptors.close(fd);
                throw new UncheckedIOException(e);
            } catch (RuntimeException | Error e) {
                Descriptors.close(fd);
                if (!(e instanceof IllegalStateException)) { // that is a loop that closes: it has no use for it
                    throw e;
                }
                return;
            }
            start(target, connection);
        }
    }
}
