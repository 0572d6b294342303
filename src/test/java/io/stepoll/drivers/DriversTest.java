package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stepoll.DeadlineExceededException;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.VirtualClock;
import io.stepoll.support.Looks;
import io.stepoll.support.VirtualTimeFixture;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Deadlines and cancels of tasks that wait in drivers of others: the drivers wrap the exception of the interrupt, or
 * drop it, and leave the interrupt status set, or clear. The clock is held, as the drivers wait by the JDK's.
 */
@Timeout(120)
class DriversTest extends VirtualTimeFixture {
    /** A wait in a driver, and what comes out of the driver at an interrupt. */
    enum Wait {
        POSTGRESQL_QUERY(SQLException.class),
        HIKARI_QUERY(SQLException.class),
        HIKARI_CONNECTION(SQLException.class),
        JEDIS_COMMAND(JedisException.class),
        JEDIS_CONNECTION(JedisException.class);

        private final Class<? extends Exception> thrown;

        Wait(Class<? extends Exception> thrown) {
            this.thrown = thrown;
        }

        private boolean isRedis() {
            return this == JEDIS_COMMAND || this == JEDIS_CONNECTION;
        }
    }

    private static final String QUERY = "select pg_sleep(600)";

    private static PostgresServer postgres;
    private static RedisServer redis;

    private VirtualClock.Hold hold;

    @BeforeAll
    static void startServers() throws Exception {
        postgres = PostgresServer.missing() == null ? PostgresServer.start() : null;
        redis = RedisServer.missing() == null ? RedisServer.start() : null;
    }

    @AfterAll
    static void endServers() throws Exception {
        for (StartedServer server : new StartedServer[] {postgres, redis}) {
            if (server != null) {
                server.end();
            }
        }
    }

    @BeforeEach
    void holdClock() {
        hold = clock.hold();
    }

    @AfterEach
    void releaseClock() {
        hold.close();
    }

    @ParameterizedTest
    @EnumSource
    void aDeadline(Wait wait) throws Exception {
        Task<Void> task = ended(wait, body -> loop.within(SECOND, body), () -> clock.advance(SECOND));
        DeadlineExceededException exceeded = assertInstanceOf(DeadlineExceededException.class,
                assertThrows(ExecutionException.class, task::join).getCause());
        assertEquals(SECOND, exceeded.timeout());
        assertInstanceOf(wait.thrown, exceeded.getCause());
    }

    @ParameterizedTest
    @EnumSource
    void aCancel(Wait wait) throws Exception {
        Task<?>[] task = new Task<?>[1];
        task[0] = ended(wait, body -> {
            task[0] = Task.current();
            body.run();
        }, () -> task[0].cancel());
        assertSame(Task.State.CANCELLED, task[0].state(), task[0]::toString);
        assertInstanceOf(wait.thrown, assertThrows(CancellationException.class, task[0]::join).getCause());
    }

    /** Runs the wait of a driver in a task. */
    @FunctionalInterface
    private interface Runner {
        void run(TaskBody body) throws Exception;
    }

    /** A task that waits in the driver, until another thread, which sees it wait there, ends that. */
    private Task<Void> ended(Wait wait, Runner runner, Runnable end) throws Exception {
        String missing = wait.isRedis() ? RedisServer.missing() : PostgresServer.missing();
        assumeTrue(missing == null, () -> "this needs " + missing);
        return switch (wait) {
            case POSTGRESQL_QUERY -> run(runner, end, postgres::isSleeping, () -> {
                try (Connection connection = DriverManager.getConnection(postgres.url())) {
                    query(connection);
                }
            });
            case HIKARI_QUERY, HIKARI_CONNECTION -> hikari(wait, runner, end);
            case JEDIS_COMMAND -> run(runner, end, redis::isBlocking, () -> {
                try (Jedis jedis = redis.connect()) {
                    jedis.blpop(0, "nothing");
                }
            });
            case JEDIS_CONNECTION -> jedisPool(runner, end);
        };
    }

    private Task<Void> hikari(Wait wait, Runner runner, Runnable end) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(postgres.url());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            if (wait == Wait.HIKARI_QUERY) {
                return run(runner, end, postgres::isSleeping, () -> {
                    try (Connection connection = pool.getConnection()) {
                        query(connection);
                    }
                });
            }
            try (Connection _ = pool.getConnection()) {
                return run(runner, end, () -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1,
                        () -> pool.getConnection().close());
            }
        }
    }

    private Task<Void> jedisPool(Runner runner, Runnable end) throws Exception {
        ConnectionPoolConfig config = new ConnectionPoolConfig();
        config.setMaxTotal(1);
        try (ConnectionPool pool = new ConnectionPool(new HostAndPort("127.0.0.1", redis.port),
                DefaultJedisClientConfig.builder().build(), config); var _ = pool.getResource()) {
            return run(runner, end, () -> pool.getNumWaiters() == 1, () -> pool.getResource().close());
        }
    }

    private static void query(Connection connection) throws SQLException {
        connection.createStatement().execute(QUERY);
    }

    private Task<Void> run(Runner runner, Runnable end, Callable<Boolean> waits, TaskBody body) throws Exception {
        Task<Void> task = loop.spawn(() -> runner.run(body));
        Thread watcher = Thread.ofPlatform().start(() -> {
            try {
                Looks.until(waits);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            end.run();
        });
        loop.runUntilDone();
        watcher.join();
        if (postgres != null) {
            postgres.endClients(); // a query that nobody waits for sleeps on, and would look like the next one
        }
        return task;
    }
}
