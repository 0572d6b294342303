package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.Looks;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** PostgreSQL's driver, with a connection for each session. It makes the factory by the name of its class. */
class PgjdbcClient extends LibraryClient {
    private final Servers servers;
    private final String url;

    PgjdbcClient(Servers servers, boolean tls) throws Exception {
        this.servers = servers;
        url = servers.postgres().url() + "&socketFactory=io.stepoll.net.LoopSocketFactory"
                + (tls ? "&sslmode=verify-full&sslrootcert=" + servers.certificates().authority() : "&sslmode=disable");
    }

    final String url() {
        return url;
    }

    @Override
    Session open() throws SQLException {
        Connection connection = DriverManager.getConnection(url);
        return new Session() {
            @Override
            public void ask(int number) throws SQLException {
                PgjdbcClient.ask(connection, number);
            }

            @Override
            public void askSlowly() throws SQLException {
                PgjdbcClient.askSlowly(connection);
            }

            @Override
            public void close() throws SQLException {
                connection.close();
            }
        };
    }

    static void ask(Connection connection, int number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select ?+1")) {
            statement.setInt(1, number);
            try (ResultSet rows = statement.executeQuery()) {
                assertTrue(rows.next());
                assertEquals(number + 1, rows.getInt(1));
            }
        }
    }

    static void askSlowly(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_sleep(600)");
        }
    }

    @Override
    final boolean isWaiting() throws Exception {
        return servers.postgres().isSleeping();
    }

    @Override
    final void killServer() throws Exception {
        servers.postgres().killSleeping();
        Looks.until(servers.postgres()::answers);
    }
}
