package io.stepoll.examples.libraries;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.net.LoopSocketFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** PostgreSQL's driver and HikariCP in tasks. */
public final class Jdbc {
    private Jdbc() {}

    /** Asks the database of a JDBC URL. */
    public static void main(String[] arguments) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(arguments[0]);
        config.addDataSourceProperty("socketFactory", LoopSocketFactory.class.getName());
        config.setMaximumPoolSize(4);
        try (EventLoop loop = EventLoop.open(); HikariDataSource pool = new HikariDataSource(config)) {
            loop.spawn(() -> {
                try (var group = loop.<Integer>openGroup()) {
                    for (int i = 0; i < 10; i++) {
                        int number = i;
                        group.spawn(() -> increment(pool, number));
                    }
                    System.out.println("answers: " + group.join());
                }
                try {
                    loop.within(Duration.ofMillis(100), () -> sleep(pool));
                } catch (DeadlineExceededException e) {
                    System.out.println("too late: " + (e.getCause() instanceof SQLException));
                }
            });
            loop.runUntilDone();
        }
    }

    private static int increment(DataSource pool, int number) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement("select ?+1")) {
            statement.setInt(1, number);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    private static void sleep(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement("select pg_sleep(600)")) {
            statement.execute();
        }
    }
}
