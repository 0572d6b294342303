package io.stepoll.examples.libraries;

import io.stepoll.EventLoop;
import io.stepoll.net.LoopSocketFactory;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import javax.net.SocketFactory;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Jedis in tasks. */
public final class Redis {
    private Redis() {}

    /** Counts in a Redis at a port of this machine. */
    public static void main(String[] arguments) throws Exception {
        SocketFactory sockets = new LoopSocketFactory();
        int port = Integer.parseInt(arguments[0]);
        JedisSocketFactory connect = () -> {
            try {
                Socket socket = sockets.createSocket("127.0.0.1", port);
                socket.setTcpNoDelay(true);
                return socket; // for TLS: sslContext.getSocketFactory().createSocket(socket, host, port, true)
            } catch (IOException e) {
                throw new JedisConnectionException(e);
            }
        };
        ConnectionPoolConfig config = new ConnectionPoolConfig();
        config.setMaxTotal(4);
        config.setMaxWait(Duration.ofSeconds(10)); // without a limit a borrower may spin, and hold the loop
        ConnectionFactory connections = new ConnectionFactory(connect, DefaultJedisClientConfig.builder().build());
        try (EventLoop loop = EventLoop.open(); ConnectionPool pool = new ConnectionPool(connections, config)) {
            loop.spawn(() -> {
                try (var group = loop.<Void>openGroup()) {
                    for (int i = 0; i < 10; i++) {
                        group.spawn(() -> {
                            try (Jedis jedis = new Jedis(pool.getResource())) {
                                jedis.incr("counter");
                            }
                        });
                    }
                    group.join();
                }
                try (Jedis jedis = new Jedis(pool.getResource())) {
                    System.out.println("counted to " + jedis.get("counter"));
                }
            });
            loop.runUntilDone();
        }
    }
}
