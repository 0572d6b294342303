package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Looks;
import io.stepoll.support.TaskResults;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Hashtable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import javax.naming.CommunicationException;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * JNDI's LDAP client in tasks. It loads the factory by the name of its class, and asks the class for its default. A
 * thread of the client reads the socket, and the tasks wait for that thread by locks. The server knows two requests: it
 * lets everybody in, and finds nothing. What is asked of it as "slow" it does not answer.
 */
@Timeout(60)
class LdapTest {
    private static final byte BIND = 0x60;
    private static final byte SEARCH = 0x63;
    private static final byte BIND_ANSWER = 0x61;
    private static final byte SEARCH_ENDS = 0x65;
    private static final int SUCCESS = 0;
    private static final int NO_SUCH_OBJECT = 32;
    private static final int LONG_FORM = 0x80;

    private final ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private volatile Socket client;
    private volatile boolean asked;
    private EventLoop loop;

    LdapTest() throws IOException {}

    @BeforeEach
    void open() throws Exception {
        Thread.ofPlatform().daemon().name("ldap server").start(this::serve);
        loop = EventLoop.open();
    }

    @AfterEach
    void close() throws Exception {
        loop.close();
        listener.close();
    }

    private void serve() {
        try {
            while (true) {
                try (Socket accepted = listener.accept()) {
                    client = accepted;
                    answer(accepted);
                } catch (IOException e) {
                    if (listener.isClosed()) {
                        throw e;
                    }
                }
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    /** See RFC 4511. A message is a sequence of a number and a request, each a tag, a length and a content. */
    private void answer(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (in.read() >= 0) {
            byte[] message = in.readNBytes(length(in));
            byte number = message[2];
            asked = new String(message, StandardCharsets.ISO_8859_1).contains("slow");
            if (message[3] == BIND) {
                socket.getOutputStream().write(result(number, BIND_ANSWER, SUCCESS));
            } else if (message[3] == SEARCH && !asked) {
                socket.getOutputStream().write(result(number, SEARCH_ENDS, NO_SUCH_OBJECT));
            }
        }
    }

    private static int length(DataInputStream in) throws IOException {
        int first = in.readUnsignedByte();
        if (first < LONG_FORM) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < first - LONG_FORM; i++) {
            length = length << Byte.SIZE | in.readUnsignedByte();
        }
        return length;
    }

    private static byte[] result(byte number, byte tag, int code) {
        return new byte[] {0x30, 0x0c, 0x02, 0x01, number, tag, 0x07, 0x0a, 0x01, (byte) code, 0x04, 0, 0x04, 0};
    }

    private InitialDirContext connect() throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
        environment.put(Context.PROVIDER_URL, "ldap://127.0.0.1:" + listener.getLocalPort());
        environment.put("java.naming.ldap.factory.socket", LoopSocketFactory.class.getName());
        return new InitialDirContext(environment);
    }

    @Test
    void anAnswerADeadlineACancelAndAReset() throws Exception {
        TaskResults.of(loop, loop.spawn(() -> {
            InitialDirContext context = connect();
            try {
                assertThrows(NameNotFoundException.class, () -> context.getAttributes("cn=somebody"));
                DeadlineExceededException exceeded = assertThrows(DeadlineExceededException.class,
                        () -> loop.within(Duration.ofMillis(50), () -> context.getAttributes("cn=slow")));
                assertInstanceOf(NamingException.class, exceeded.getCause());
            } finally {
                context.close();
            }
            Task<Void> cancelled = slowly();
            cancelled.cancel();
            assertInstanceOf(NamingException.class,
                    assertThrows(CancellationException.class, cancelled::join).getCause());
            Task<Void> reset = slowly();
            client.setSoLinger(true, 0);
            client.close();
            assertInstanceOf(CommunicationException.class,
                    assertThrows(ExecutionException.class, reset::join).getCause());
        }));
        assertEquals(LoopSocketFactory.class, LoopSocketFactory.getDefault().getClass());
    }

    /** A task that waits for an answer that does not come. */
    private Task<Void> slowly() throws Exception {
        asked = false;
        Task<Void> task = loop.spawn(() -> {
            InitialDirContext context = connect();
            try {
                context.getAttributes("cn=slow");
            } finally {
                context.close();
            }
        });
        loop.offload(() -> {
            Looks.until(() -> asked);
            return null;
        });
        return task;
    }
}
