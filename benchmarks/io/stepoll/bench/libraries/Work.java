package io.stepoll.bench.libraries;

import io.stepoll.net.LoopSocketFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.net.SocketFactory;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;

/** What the workers of a {@link LibraryClient} do, each by a connection of its own. */
public enum Work {
    /** A query of PostgreSQL that a prepared statement makes. */
    JDBC(20) {
        @Override
        Worker connect(Way way, int port) throws SQLException {
            PreparedStatement statement = postgres(way, port).prepareStatement("select ?+1");
            return number -> {
                statement.setInt(1, number);
                try (ResultSet rows = statement.executeQuery()) {
                    if (!rows.next() || rows.getInt(1) != number + 1) {
                        throw new IllegalStateException("a wrong answer to " + number);
                    }
                }
            };
        }
    },
    /** A command of Redis. */
    REDIS(20) {
        @Override
        Worker connect(Way way, int port) throws IOException {
            SocketFactory sockets = way.hasLoopSockets() ? new LoopSocketFactory() : SocketFactory.getDefault();
            var socket = sockets.createSocket("127.0.0.1", port);
            socket.setTcpNoDelay(true);
            Jedis jedis = new Jedis(() -> socket, DefaultJedisClientConfig.builder().build());
            return number -> {
                if (!jedis.echo(String.valueOf(number)).equals(String.valueOf(number))) {
                    throw new IllegalStateException("a wrong answer to " + number);
                }
            };
        }
    },
    /** A bulk of 20 MB from PostgreSQL, beside a timer: the server is faster than the client. */
    BULK(1) {
        private static final String COPY = "copy (select repeat('x', 1000) from generate_series(1, 20000)) to stdout";

        @Override
        Worker connect(Way way, int port) throws SQLException {
            CopyManager copies = postgres(way, port).unwrap(PGConnection.class).getCopyAPI();
            return _ -> copies.copyOut(COPY, OutputStream.nullOutputStream());
        }
    };

    /** How many workers there are. */
    final int workers;

    Work(int workers) {
        this.workers = workers;
    }

    /** Asks once, and checks the answer. */
    @FunctionalInterface
    interface Worker {
        void ask(int number) throws Exception;
    }

    /** Opens a connection for one worker, in a thread of the way. */
    abstract Worker connect(Way way, int port) throws Exception;

    private static Connection postgres(Way way, int port) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port
                + "/postgres?user=stepoll&sslmode=disable"
                + (way.hasLoopSockets() ? "&socketFactory=" + LoopSocketFactory.class.getName() : ""));
    }
}
