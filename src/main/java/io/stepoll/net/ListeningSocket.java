package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.net.DescriptorAccess;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A socket that accepts connections.
 *
 * @param <S> the class of the socket
 * @param <C> the class of the connections
 */
abstract class ListeningSocket<S extends ListeningSocket<S, C>, C> extends LoopSocket<S> {
    ListeningSocket(Descriptor descriptor) {
        super(descriptor);
    }

    /**
     * Keeps the file of a Unix path when the listener is closed. Otherwise the file that the bind has made is removed,
     * unless the listener was disowned or another process has it, by a {@link Handover} or because its descriptor was
     * passed on or shared.
     *
     * @return this
     * @throws IOException a {@link java.nio.channels.ClosedChannelException}
     */
    public S keepFile() throws IOException {
        DescriptorAccess.keepFile(descriptor);
        return self();
    }

    /** Makes the socket of an accepted connection. If that fails, closes the connection. */
    abstract C connection(Descriptor accepted) throws IOException;

    /**
     * Accepts a connection, waiting for one if there is none. In a task.
     *
     * @return the connection
     * @throws IOException as for {@link Descriptor#accept()}; the listener stays usable
     */
    public C accept() throws IOException {
        return connection(descriptor.accept());
    }

    /**
     * Accepts a connection, with a timeout; see {@link #accept()}.
     *
     * @param timeout how long to wait
     * @return the connection
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    public C accept(Duration timeout) throws IOException {
        return connection(descriptor.accept(timeout));
    }

    /**
     * Accepts a connection without waiting; see {@link Descriptor#tryAccept}.
     *
     * @return the connection; null if there is none, or no descriptor for it
     * @throws IOException as for {@link #accept()}
     */
    public @Nullable C tryAccept() throws IOException {
        Descriptor accepted = descriptor.tryAccept();
        return accepted == null ? null : connection(accepted);
    }
}
