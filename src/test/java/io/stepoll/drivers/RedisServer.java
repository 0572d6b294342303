package io.stepoll.drivers;

import io.stepoll.support.Programs;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis that keeps nothing. */
final class RedisServer extends StartedServer {
    private RedisServer() throws Exception {
        super("redis");
        start(List.of("redis-server", "--port", String.valueOf(port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", folder.toString()));
    }

    static RedisServer start() throws Exception {
        return new RedisServer();
    }

    /** Names what is missing here; null for nothing. */
    static String missing() {
        return Programs.has("redis-server") ? null : "redis-server on the PATH";
    }

    Jedis connect() {
        return new Jedis("127.0.0.1", port);
    }

    @Override
    boolean answers() {
        try (Jedis jedis = connect()) {
            return jedis.ping().equals("PONG");
        } catch (JedisException e) {
            return false;
        }
    }

    /** Whether a client waits for an entry of a list. */
    boolean isBlocking() {
        try (Jedis jedis = connect()) {
            return jedis.info("clients").contains("blocked_clients:1");
        }
    }
}
