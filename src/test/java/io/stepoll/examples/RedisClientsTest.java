package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

/** The clients and the tools that people use with a Redis, unchanged, with the example. */
@Timeout(120)
class RedisClientsTest {
    private static final int LIMIT_SECONDS = 60;
    private static final int TIMEOUT_MILLIS = 60_000; // Jedis's own 2 s are short for a machine that is busy
    private static final int SLOW_SECONDS = 50;
    private static final int COMMANDS = Integer.getInteger("stepoll.redis.commands", 2000);

    private static ExampleProcess server;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        server = ExampleProcess.serve("RedisServer", address);
    }

    @AfterAll
    static void end() throws Exception {
        try (ExampleProcess ending = server) {
            ending.terminate();
        }
    }

    /** The time that a key has left: as much as it was given, or a little less on a slow machine. */
    private static void assertSoon(long given, long leftSeconds) {
        assertTrue(leftSeconds <= given && leftSeconds > given - SLOW_SECONDS, () -> leftSeconds + " seconds");
    }

    @Test
    void jedis() {
        try (Jedis jedis = new Jedis("127.0.0.1", port, TIMEOUT_MILLIS)) {
            assertEquals("PONG", jedis.ping());
            assertEquals("OK", jedis.set("jedis", "value"));
            assertEquals("value", jedis.get("jedis"));
            assertNull(jedis.get("no such"));
            assertNull(jedis.set("jedis", "other", SetParams.setParams().nx()));
            assertEquals("OK", jedis.set("jedis", "other", SetParams.setParams().xx().ex(100)));
            assertSoon(100, jedis.ttl("jedis"));
            assertEquals(1, jedis.incr("jedis:n"));
            assertEquals(3, jedis.lpush("jedis:list", "a", "b", "c"));
            assertEquals(List.of("c", "b"), jedis.lrange("jedis:list", 0, 1));
            JedisDataException wrong = assertThrows(JedisDataException.class, () -> jedis.get("jedis:list"));
            assertEquals("WRONGTYPE Operation against a key holding the wrong kind of value", wrong.getMessage());
            byte[] key = {0, '\r', '\n', -1};
            byte[] large = new byte[3_000_000];
            large[12345] = 7;
            jedis.set(key, large);
            assertArrayEquals(large, jedis.get(key));
            assertEquals(1, jedis.del(key));
            assertEquals(3, jedis.del("jedis", "jedis:n", "jedis:list", "no such"));
        }
    }

    @Test
    void jedisPipelines() {
        try (Jedis jedis = new Jedis("127.0.0.1", port, TIMEOUT_MILLIS)) {
            Pipeline pipeline = jedis.pipelined();
            List<Response<Long>> counts = new ArrayList<>();
            for (int i = 0; i < COMMANDS; i++) {
                pipeline.set("pipeline:" + i % 10, String.valueOf(i));
                counts.add(pipeline.incr("pipeline:count"));
            }
            Response<List<String>> values = pipeline.mget("pipeline:0", "pipeline:9", "pipeline:10");
            pipeline.sync();
            for (int i = 0; i < COMMANDS; i++) {
                assertEquals(i + 1, counts.get(i).get());
            }
            assertEquals(Arrays.asList(COMMANDS - 10 + "", COMMANDS - 1 + "", null), values.get());
        }
    }

    @Test
    void jedisSubscribes() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        JedisPubSub subscriber = new JedisPubSub() {
            @Override
            public void onMessage(String channel, String message) {
                got.add(channel + ": " + message);
            }
        };
        Thread thread = Thread.ofPlatform().start(() -> {
            try (Jedis jedis = new Jedis("127.0.0.1", port, TIMEOUT_MILLIS)) {
                jedis.subscribe(subscriber, "jedis:news", "jedis:weather");
                got.add(jedis.ping()); // after the last channel the connection is an ordinary one again
            }
        });
        try (Jedis jedis = new Jedis("127.0.0.1", port, TIMEOUT_MILLIS)) {
            Looks.until(() -> jedis.publish("jedis:weather", "sun") == 1);
            assertEquals("jedis:weather: sun", got.take());
            assertEquals(1, jedis.publish("jedis:news", "none"));
            assertEquals("jedis:news: none", got.take());
            assertEquals(0, jedis.publish("jedis:sports", "x"));
            subscriber.unsubscribe();
            assertEquals("PONG", got.take());
            assertEquals(0, jedis.publish("jedis:news", "none"));
        }
        thread.join();
    }

    @Test
    void lettuce() throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        RedisClient client = RedisClient.create("redis://127.0.0.1:" + port);
        try (StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisPubSubConnection<String, String> subscriber = client.connectPubSub()) {
            RedisCommands<String, String> commands = connection.sync();
            assertEquals("PONG", commands.ping());
            assertEquals("OK", commands.set("lettuce", "value"));
            assertEquals("value", commands.get("lettuce"));
            assertEquals(2, commands.lpush("lettuce:list", "a", "b"));
            assertEquals(List.of("b", "a"), commands.lrange("lettuce:list", 0, -1));
            assertTrue(commands.expire("lettuce", 100));
            assertSoon(100, commands.ttl("lettuce"));
            assertThrows(RedisCommandExecutionException.class, () -> commands.incr("lettuce"));
            List<RedisFuture<Long>> counts = Stream.generate(() -> connection.async().incr("lettuce:n"))
                    .limit(COMMANDS).toList();
            assertEquals(COMMANDS, counts.getLast().get());
            BlockingQueue<String> got = new LinkedBlockingQueue<>();
            subscriber.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    got.add(channel + ": " + message);
                }
            });
            subscriber.sync().subscribe("lettuce:news");
            assertEquals(1, commands.publish("lettuce:news", "hello"));
            assertEquals("lettuce:news: hello", got.take());
            subscriber.sync().unsubscribe("lettuce:news");
            assertEquals(0, commands.publish("lettuce:news", "hello"));
            assertEquals(3, commands.del("lettuce", "lettuce:list", "lettuce:n"));
        } finally {
            client.shutdown(0, LIMIT_SECONDS, TimeUnit.SECONDS);
            Looks.until(() -> {
                System.gc(); // closes a socket that the threads of the client have left open at their end
                return DescriptorLeaks.difference(before).isEmpty();
            });
        }
    }

    private static String run(String input, String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Programs.end(process);
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    @Test
    void redisCli() throws Exception {
        assumeTrue(Programs.has("redis-cli"), "this needs redis-cli on the PATH");
        String number = String.valueOf(port);
        assertEquals("PONG\n", run("", "redis-cli", "-p", number, "ping"));
        assertEquals("OK\nü\n2\n1\n\nb\na\n", run("set cli \"ü\"\nget cli\nlpush cli:list a b\nexists cli\n"
                + "get nothing\nlrange cli:list 0 -1\n", "redis-cli", "-p", number));
        assertTrue(run("", "redis-cli", "-p", number, "get", "cli:list").startsWith("WRONGTYPE "));
        assertTrue(run("*3\r\n$3\r\nset\r\n$3\r\nraw\r\n$1\r\nx\r\n", "redis-cli", "-p", number, "--pipe")
                .contains("errors: 0, replies: 1"));
    }

    @Test
    void redisBenchmark() throws Exception {
        assumeTrue(Programs.has("redis-benchmark"), "this needs redis-benchmark on the PATH");
        for (String depth : List.of("1", "16")) {
            String output = run("", "redis-benchmark", "-p", String.valueOf(port), "-q", "-n",
                    String.valueOf(5 * COMMANDS), "-P", depth, "-r", "1000", "-t",
                    "ping,get,set,incr,lpush,lrange_100");
            for (String test : List.of("PING_INLINE", "PING_MBULK", "GET", "SET", "INCR", "LPUSH", "LRANGE_100")) {
                assertTrue(output.contains(test), output);
            }
        }
    }
}
