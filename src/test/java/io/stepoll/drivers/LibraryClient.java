package io.stepoll.drivers;

import jakarta.mail.MessagingException;
import java.io.IOException;
import java.sql.SQLException;

/** A library of others, set up for one server. It makes its sockets by a factory of the loop's. */
abstract class LibraryClient implements AutoCloseable {
    /** What one task does by the library. */
    interface Session extends AutoCloseable {
        /** Asks what the server answers at once, and checks the answer. */
        void ask(int number) throws Exception;

        /** Asks what the server does not answer within ten minutes. */
        void askSlowly() throws Exception;

        @Override
        default void close() throws IOException, SQLException, MessagingException {}
    }

    /** Begins what one task does. */
    abstract Session open() throws Exception;

    /** Whether a session waits in {@link Session#askSlowly}, as far as the server knows or an answer has begun. */
    abstract boolean isWaiting() throws Exception;

    /** Kills what serves that session. Returns when the server serves again. */
    abstract void killServer() throws Exception;

    /** Borrows a connection of the library's pool, waiting for one; null if the library has no pool with a limit. */
    AutoCloseable borrow() throws Exception {
        return null;
    }

    @Override
    public void close() throws IOException {}
}
