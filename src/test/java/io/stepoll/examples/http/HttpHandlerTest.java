package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.net.StreamSocket;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The handler over a descriptor that has no room for a moment, in virtual time. */
@Timeout(60)
class HttpHandlerTest {
    private static final String GET = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final int REQUESTS = 2000;
    private static final int LARGE = 1 << 18;

    private int refused; // writes that have found no room

    /** The descriptor, whose every second write finds no room. */
    private Descriptor crowded(Descriptor descriptor) {
        return (Descriptor) Proxy.newProxyInstance(Descriptor.class.getClassLoader(), new Class<?>[] {Descriptor.class},
                new java.lang.reflect.InvocationHandler() {
                    private int writes;

                    @Override
                    public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] arguments)
                            throws Throwable {
                        if (method.getName().equals("tryWrite") && writes++ % 2 == 0) {
                            refused++;
                            return Descriptor.WOULD_BLOCK;
                        }
                        try {
                            return method.invoke(descriptor, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                });
    }

    private String serve(String requests) throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            HttpLoop http = new HttpLoop(loop);
            StreamSocket[] ends = StreamSocket.pair(loop);
            Descriptor server = ends[0].descriptor();
            server.handle(new HttpHandler(http, crowded(server)), true, false);
            loop.spawn(() -> ends[1].write(ByteBuffer.wrap(requests.getBytes(StandardCharsets.ISO_8859_1))));
            Task<String> client = loop.spawn(() -> {
                try (StreamSocket socket = ends[1]) {
                    return new String(socket.descriptor().inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                } finally {
                    loop.stop();
                }
            });
            loop.run();
            return client.join();
        }
    }

    /** Room that comes back between two writes is used, and no request waits for the next one to come. */
    @Test
    void requestsDoNotWaitForFurtherOnes() throws Exception {
        String answers = serve(GET.repeat(REQUESTS) + GET.replace("Host", "Connection: close\r\nHost"));
        assertEquals(REQUESTS + 1, answers.split("Hello, World!", -1).length - 1);
        assertTrue(refused > 0);
    }

    @Test
    void aBodyDoesNotWaitForFurtherRequests() throws Exception {
        String body = "a".repeat(LARGE);
        String answer = serve("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " + LARGE
                + "\r\n\r\n" + body);
        assertTrue(answer.endsWith("\r\n\r\n" + body), () -> answer.length() + " bytes");
        assertTrue(refused > 0);
    }
}
