package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A loop for a test of datagrams, and addresses of each kind. */
abstract class DatagramFixture {
    /** What a datagram socket can be bound to. */
    enum Kind { IPV4, IPV6, PATH, ABSTRACT }

    @TempDir
    Path folder;

    EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().name("subject").open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    SocketAddress fresh(Kind kind) throws Exception {
        return switch (kind) {
            case IPV4 -> new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
            case IPV6 -> {
                Assumptions.assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "no IPv6 on this machine");
                yield new InetSocketAddress(InetAddress.getByName("::1"), 0);
            }
            case PATH -> UnixDomainSocketAddress.of(folder.resolve("s" + UUID.randomUUID()));
            case ABSTRACT -> AbstractAddress.of("stepoll-test-" + UUID.randomUUID());
        };
    }

    DatagramEndpoint bound(Kind kind) throws Exception {
        return DatagramEndpoint.bind(loop, fresh(kind));
    }

    /** Runs it in a task; throws what it throws. */
    <T> T inTask(Callable<T> body) throws Exception {
        Task<T> task = loop.spawn(body);
        loop.runUntilDone();
        try {
            return task.join();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What lies before the position. */
    static String textOf(ByteBuffer received) {
        return StandardCharsets.UTF_8.decode(received.flip()).toString();
    }

    static void assertText(String expected, ByteBuffer received) {
        assertEquals(expected, textOf(received));
    }
}
