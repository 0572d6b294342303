package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.drivers.RedisServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The example answers as Redis does, byte by byte: each conversation is held with both. */
@Timeout(120)
class RedisConversationTest {
    private static final int LIMIT_MILLIS = 60_000;

    private static RedisServer redis;
    private static ExampleProcess example;
    private static int examplePort;

    @BeforeAll
    static void start() throws Exception {
        if (RedisServer.missing() == null) {
            redis = RedisServer.start();
            String address = ExampleProcess.freeTcpAddress();
            examplePort = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            example = ExampleProcess.serve("RedisServer", address);
        }
    }

    @AfterAll
    static void end() throws Exception {
        if (redis != null) {
            redis.end();
            example.close();
        }
    }

    /**
     * Conversations. A line is an inline command; a line that begins with * is sent as it stands, with \r and \n for
     * those characters. Each server is empty at the begin but for what the former conversations have left.
     */
    static List<String> conversations() {
        return List.of(
                """
                ping
                PING hello
                ping a b
                echo
                echo "a b"
                echo a b
                echo\13a\13b\14c
                echo a\13b\14c
                \13\14echo a
                echo "a"\13
                """, """
                get
                get a b
                get s
                set s
                set s v
                get s
                set s "x\\x00y\\r\\n"
                get s
                set s v nx
                set s2 v nx
                set s2 w xx
                set s3 w xx
                set s w get
                set s4 w get
                set s w nx get
                set s5 w nx get
                set s w what
                set s w nx xx
                set s w ex
                set s w ex 10 px 10
                set s w ex 10 keepttl
                set s w keepttl ex 10
                set s w ex 0
                set s w ex -1
                set s w ex x
                set s w ex 9223372036854775807
                set s w px 9223372036854775807
                set s w ex 1.5
                set s w ex 100
                ttl s
                set s v keepttl
                ttl s
                set s v
                ttl s
                set s w EX 100 NX
                set s w XX eX 100 GET
                ttl s
                """, """
                exists s s2 none s
                exists
                del
                del s2 none s2
                exists s2
                mget s none s
                mget
                """, """
                incr
                incr n
                incr n
                get n
                set n 41
                incr n
                get n
                mget n n
                set n 42 get
                incr n
                set n "" get
                incr n
                set n " 1"
                incr n
                set n 1.0
                incr n
                set n 01
                incr n
                set n -1
                incr n
                set n 9223372036854775806
                incr n
                incr n
                get n
                set n 9223372036854775808
                incr n
                set n -9223372036854775808
                incr n
                set n -0
                incr n
                """, """
                lpush
                lpush l
                lpush l a
                lpush l b c "" "d d"
                lrange l 0 -1
                lrange l 1 2
                lrange l -2 -1
                lrange l -100 100
                lrange l 3 1
                lrange l 5 9
                lrange l 4 4
                lrange none 0 1
                lrange l x 1
                lrange l 0
                lrange none x 1
                lrange s 0 x
                lrange s 0 1
                lrange l -9223372036854775808 9223372036854775807
                lpush s a
                get l
                incr l
                set l v get
                mget l s
                exists l
                set l w nx
                expire l 100
                lrange l 0 0
                del l
                set l w
                lpush l v
                get l
                """, """
                expire
                expire none 10
                expire s
                expire s x
                expire s 100
                ttl s
                expire s 9223372036854775807
                expire s 9223372036854775
                expire s -9223372036854775808
                expire s 100 what
                expire s 100 nx
                expire s 200 xx
                ttl s
                expire s 100 gt
                expire s 300 gt
                expire s 400 lt
                expire s 50 lt
                ttl s
                expire s 50 nx xx
                expire s 50 gt lt
                expire s 100 xx gt
                ttl s
                pexpire s 99999
                ttl s
                pexpire s 9223372036854775807
                set s v
                expire s 100 gt
                expire s 100 lt
                ttl s
                expire s 0
                exists s
                set s v
                pexpire s -1
                exists s
                ttl none
                pttl none
                set s v
                ttl s
                pttl s
                ttl
                ttl a b
                """, """
                select 0
                select x
                select -1
                select 99
                select
                client
                client getname
                client setname me
                client getname
                client setname "a b"
                client setname
                client setname a b
                client getname a
                client what
                config get
                config get save
                config get appendonly
                config get notthere
                config
                config what
                config resetstat
                config set
                config set a
                config set nothing 1
                config set databases 2
                command count x
                command what
                command docs nothing
                command info nothing
                hello x
                hello 2 setname
                hello 2 what
                hello 1
                hello 4
                hello 2 setname "a b"
                reset
                client getname
                dbsize x
                """, """
                what
                what is that
                what "a b" "c'd" "e\\nf"
                "wh\\r\\nat" "\\x00a" "\\xff"
                host
                *1\\r\\n$200\\r\\n%1$s\\r\\n
                *3\\r\\n$3\\r\\nwho\\r\\n$200\\r\\n%1$s\\r\\n$3\\r\\nabc\\r\\n
                *4\\r\\n$3\\r\\nwho\\r\\n$100\\r\\n%2$s\\r\\n$100\\r\\n%2$s\\r\\n$3\\r\\nabc\\r\\n
                """.formatted("x".repeat(200), "x".repeat(100)), """
                publish
                publish c
                publish c m
                unsubscribe
                unsubscribe a
                subscribe
                subscribe c d
                subscribe c
                get a
                incr
                what
                ping
                ping x
                unsubscribe none
                unsubscribe d
                publish c m
                unsubscribe c d
                get none
                subscribe e
                unsubscribe
                ping
                subscribe e
                reset
                ping
                get none
                """, """
                *0\\r\\n*-1\\r\\n*-7\\r\\n\\r\\n   \\r\\nping\\nPing\\r\\n
                *1\\r\\n$4\\r\\nPING\\r\\n*2\\r\\n$4\\r\\necho\\r\\n$0\\r\\n\\r\\n
                *2\\r\\n$4\\r\\necho\\r\\n$4\\r\\n\\r\\n\\r\\n\\r\\n
                *1\\rx$4\\rxPINGxx
                """,
                "*x\\r\\n", "*2x\\r\\n", "*01\\r\\n", "*99999999999\\r\\n", "*1\\r\\nget\\r\\n", "*1\\r\\n\\r\\n",
                "*1\\r\\n$-1\\r\\n", "*1\\r\\n$x\\r\\n", "*1\\r\\n$999999999999\\r\\n", "*1\\r\\n$\\r\\n", "*\\r\\n",
                "*1\\r\\n$01\\r\\n", "*1\\r\\n$ 1\\r\\n", "echo \"a", "echo 'a", "echo \"a\"b", "echo 'a'b",
                "*2\\r\\n$4\\r\\necho\\r\\n$" + "1".repeat(70_000), "*" + "1".repeat(70_000), "e".repeat(70_000),
                "quit\nping", "ping\nquit now\nping", "POST / HTTP/1.1\nHost: a\nget a", "Host: a\nget a");
    }

    private static byte[] answers(int port, String conversation) throws IOException {
        StringBuilder sent = new StringBuilder();
        for (String line : conversation.split("\n")) {
            boolean raw = line.startsWith("*");
            sent.append(raw ? line.replace("\\r", "\r").replace("\\n", "\n") : line + "\r\n");
        }
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.getOutputStream().write(sent.toString().getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            InputStream input = socket.getInputStream();
            return input.readAllBytes();
        }
    }

    @ParameterizedTest
    @MethodSource("conversations")
    void asRedis(String conversation) throws Exception {
        assumeTrue(redis != null, () -> "this needs " + RedisServer.missing());
        String expected = new String(answers(redis.port, conversation), StandardCharsets.ISO_8859_1);
        String actual = new String(answers(examplePort, conversation), StandardCharsets.ISO_8859_1);
        if (!expected.equals(actual)) { // shows which command is answered differently
            for (String line : conversation.split("\n")) {
                System.out.println(line.substring(0, Math.min(line.length(), 100)));
            }
        }
        assertEquals(Arrays.asList(expected.split("\r\n")), Arrays.asList(actual.split("\r\n")));
        assertEquals(expected, actual);
    }
}
