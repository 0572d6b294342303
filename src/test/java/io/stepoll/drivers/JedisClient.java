package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Certificates;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Jedis with a pool. It takes a factory of its own kind, which connects, and layers TLS over the socket. */
final class JedisClient extends LibraryClient {
    /**
     * Without a limit to the wait, a borrower spins while another one makes a connection (commons-pool2 2.13): of two
     * tasks of one loop the first would wait for ever.
     */
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final Servers servers;
    private final boolean tls;
    private final SSLSocketFactory secured;
    private final SocketFactory sockets = new LoopSocketFactory();
    private final Set<Socket> made = ConcurrentHashMap.newKeySet();
    private final ConnectionPool pool;

    JedisClient(Servers servers, boolean tls, int connections) throws Exception {
        this.servers = servers;
        this.tls = tls;
        secured = Certificates.LOCAL.context(null).getSocketFactory();
        servers.redis();
        ConnectionPoolConfig config = new ConnectionPoolConfig();
        config.setMaxTotal(connections);
        config.setMaxIdle(connections);
        config.setMaxWait(LIMIT);
        pool = new ConnectionPool(new ConnectionFactory(this::connect, DefaultJedisClientConfig.builder()
                .socketTimeoutMillis(0).blockingSocketTimeoutMillis(0).build()), config);
    }

    private Socket connect() {
        try {
            RedisServer server = servers.redis();
            Socket socket = sockets.createSocket("127.0.0.1", tls ? server.tlsPort : server.port);
            made.add(socket);
            socket.setTcpNoDelay(true);
            return tls ? secured.createSocket(socket, "127.0.0.1", server.tlsPort, true) : socket;
        } catch (Exception e) {
            throw new JedisConnectionException(e);
        }
    }

    @Override
    Session open() {
        return new Session() {
            @Override
            public void ask(int number) {
                try (Jedis jedis = new Jedis(pool.getResource())) {
                    assertEquals(String.valueOf(number), jedis.echo(String.valueOf(number)));
                }
            }

            @Override
            public void askSlowly() {
                try (Jedis jedis = new Jedis(pool.getResource())) {
                    jedis.blpop(0, "nothing");
                }
            }
        };
    }

    @Override
    boolean isWaiting() throws Exception {
        return servers.redis().isBlocking();
    }

    @Override
    void killServer() throws Exception {
        servers.restartRedis();
    }

    @Override
    AutoCloseable borrow() {
        Connection connection = pool.getResource();
        return connection;
    }

    /** Jedis 8.0 drops a connection whose server has gone, and does not close it if it is one of TLS. */
    @Override
    public void close() throws IOException {
        pool.close();
        for (Socket socket : made) {
            socket.close();
        }
    }
}
