package io.stepoll.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.VirtualTimeFixture;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands without a network, in virtual time. */
class CommandsTest extends VirtualTimeFixture {
    private final MemoryOutput output = new MemoryOutput();
    private Database database;
    private Session session;

    @BeforeEach
    void openSession() {
        database = new Database(loop, clock::nanoTime);
        session = new Session(database, output);
    }

    @AfterEach
    void closeSession() {
        session.close();
        passes(DAY); // no timer of a key is left
    }

    private static void send(Session session, String line) throws Exception {
        ByteBuffer input = ByteBuffer.wrap((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        while (!session.isEnded() && input.hasRemaining()) {
            session.serve(input);
        }
    }

    private String reply(String line) throws Exception {
        send(session, line);
        String reply = output.take();
        return reply.endsWith("\r\n") ? reply.substring(0, reply.length() - 2).replace("\r\n", " ") : reply;
    }

    private void passes(Duration time) {
        clock.advance(time);
        loop.step(false);
    }

    /** A key with a deadline is gone at its time, for whoever looks, and without anybody looking. */
    @Test
    void aKeyExpires() throws Exception {
        assertEquals("+OK", reply("set a 1 ex 10"));
        assertEquals("+OK", reply("set b 2 px 10500"));
        assertEquals("+OK", reply("set c 3"));
        assertEquals(":1", reply("expire c 20"));
        assertEquals(":3", reply("dbsize"));
        passes(Duration.ofMillis(9_600));
        assertEquals(":0", reply("ttl a"));
        assertEquals(":400", reply("pttl a"));
        assertEquals(":1", reply("ttl b"));
        assertEquals("$1 1", reply("get a"));
        passes(Duration.ofMillis(400));
        assertEquals(":2", reply("dbsize"));
        assertEquals("$-1", reply("get a"));
        assertEquals(":-2", reply("ttl a"));
        passes(Duration.ofSeconds(10));
        assertEquals(":0", reply("dbsize"));
    }

    /** Nobody has run the loop's timers: the look-up itself finds that the time has come. */
    @Test
    void anExpiredKeyIsGoneBeforeItsTimer() throws Exception {
        reply("set a 1 px 5");
        reply("lpush l x");
        reply("pexpire l 5");
        clock.advance(Duration.ofMillis(5));
        assertEquals(":2", reply("dbsize"));
        assertEquals("*2 $-1 $-1", reply("mget a l"));
        assertEquals(":0", reply("dbsize"));
        assertEquals(":1", reply("incr a"));
        assertEquals(":-1", reply("ttl a"));
    }

    @Test
    void aNewValueStaysForEver() throws Exception {
        reply("set a 1 ex 10");
        assertEquals("+OK", reply("set a 2"));
        assertEquals(":-1", reply("ttl a"));
        reply("set a 1 ex 10");
        assertEquals("+OK", reply("set a 2 keepttl"));
        assertEquals(":10", reply("ttl a"));
        assertEquals(":3", reply("incr a"));
        assertEquals(":10", reply("ttl a"));
        assertEquals(":1", reply("del a"));
        assertEquals("+OK", reply("set a 2"));
        passes(Duration.ofSeconds(20));
        assertEquals("$1 2", reply("get a"));
        assertEquals(":1", reply("expire a 10"));
        assertEquals(":1", reply("expire a 5"));
        passes(Duration.ofSeconds(5));
        assertEquals(":0", reply("exists a"));
    }

    @Test
    void aPastDeadlineDeletes() throws Exception {
        reply("set a 1");
        assertEquals(":1", reply("expire a -1"));
        assertEquals(":0", reply("dbsize"));
        assertEquals(":0", reply("expire a 1"));
    }

    @Test
    void messagesComeBetweenReplies() throws Exception {
        MemoryOutput publisherOutput = new MemoryOutput();
        Session publisher = new Session(database, publisherOutput);
        send(publisher, "publish news nobody");
        assertEquals("*3 $9 subscribe $4 news :1 *3 $9 subscribe $5 other :2", reply("subscribe news other"));
        assertEquals("*3 $9 subscribe $4 news :2", reply("subscribe news"));
        send(publisher, "publish news hello");
        assertEquals("message of 38 bytes", output.take());
        assertEquals(":0\r\n:1\r\n", publisherOutput.take());
        assertEquals("*2 $4 pong $0 ", reply("ping"));
        assertTrue(reply("get a").startsWith("-ERR Can't execute 'get': only "));
        assertEquals("*3 $11 unsubscribe $4 none :2 *3 $11 unsubscribe $4 news :1", reply("unsubscribe none news"));
        assertEquals("*3 $11 unsubscribe $5 other :0", reply("unsubscribe"));
        assertEquals("*3 $11 unsubscribe $-1 :0", reply("unsubscribe"));
        send(publisher, "publish news gone");
        assertEquals(":0\r\n", publisherOutput.take());
        assertEquals("+PONG", reply("ping"));
    }

    /** A connection that ends leaves no subscription behind. */
    @Test
    void anEndedSessionHasNoSubscriptions() throws Exception {
        reply("subscribe news");
        session.close();
        Session publisher = new Session(database, output);
        send(publisher, "publish news hello");
        assertEquals(":0\r\n", output.take());
    }

    @Test
    void quitEndsTheSession() throws Exception {
        assertEquals("+OK", reply("quit\r\nping"));
        assertTrue(session.isEnded());
    }

    /** A browser's request, whose body would be commands. */
    @Test
    void httpEndsTheSession() throws Exception {
        reply("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nset a 1");
        assertTrue(session.isEnded());
        assertEquals(0, database.keys.size());
    }

    @Test
    void settings() throws Exception {
        assertEquals("*2 $4 save $0 ", reply("config get save"));
        assertEquals("*4 $9 maxmemory $1 0 $16 maxmemory-policy $10 noeviction", reply("CONFIG GET MaxMem*"));
        assertEquals("*0", reply("config get nothing"));
        assertEquals("*2 $9 databases $1 1", reply("config get d?tab*s d*"));
    }

    @Test
    void theTableOfCommands() throws Exception {
        assertEquals(":" + Commands.ALL.size(), reply("command count"));
        assertEquals("*0", reply("command docs get"));
        assertEquals("*2 *10 $3 get :2 *2 +readonly +fast :1 :1 :1 *0 *0 *0 *0 $-1", reply("command info get what"));
        assertTrue(reply("command").startsWith("*" + Commands.ALL.size() + " *10 "));
    }

    @Test
    void aNameOfTheClient() throws Exception {
        assertEquals("$-1", reply("client getname"));
        assertEquals("+OK", reply("client setname me"));
        assertEquals("$2 me", reply("client getname"));
        assertEquals("+OK", reply("client setinfo lib-name some"));
        assertEquals("-NOPROTO unsupported protocol version", reply("hello 3"));
        assertTrue(reply("hello 2 setname you").startsWith("*14 $6 server $5 redis "));
        assertEquals("$3 you", reply("client getname"));
        assertEquals("+RESET", reply("reset"));
        assertEquals("$-1", reply("client getname"));
    }
}
