package io.stepoll.drivers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/** HikariCP over PostgreSQL's driver. Threads of the pool open and close the connections, tasks use them. */
final class HikariClient extends PgjdbcClient {
    private final HikariDataSource pool;

    HikariClient(Servers servers, boolean tls, int connections) throws Exception {
        super(servers, tls);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(connections);
        pool = new HikariDataSource(config);
    }

    @Override
    Session open() {
        return new Session() {
            @Override
            public void ask(int number) throws SQLException {
                try (Connection connection = pool.getConnection()) {
                    PgjdbcClient.ask(connection, number);
                }
            }

            @Override
            public void askSlowly() throws SQLException {
                try (Connection connection = pool.getConnection()) {
                    PgjdbcClient.askSlowly(connection);
                }
            }
        };
    }

    @Override
    AutoCloseable borrow() throws SQLException {
        return pool.getConnection();
    }

    @Override
    public void close() {
        pool.close();
    }
}
