package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.Seeds;
import io.stepoll.StreamKind;
import io.stepoll.Task;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The JDK's stream channels on the other side, as clients and as servers, for every kind that the JDK has. */
@Timeout(60)
class JdkChannelsTest {
    private static final int BYTES = 1_000_000;

    @TempDir
    private Path folder;

    /** The JDK has no abstract names, but paths. */
    private SocketAddress fresh(StreamKind kind) throws IOException {
        return kind == StreamKind.UNIX ? UnixDomainSocketAddress.of(folder.resolve("socket")) : kind.fresh();
    }

    private static StandardProtocolFamily family(StreamKind kind) {
        return switch (kind) {
            case TCP -> StandardProtocolFamily.INET;
            case TCP6 -> StandardProtocolFamily.INET6;
            case UNIX -> StandardProtocolFamily.UNIX;
        };
    }

    private static byte[] content() {
        byte[] content = new byte[BYTES];
        Seeds.random("JdkChannelsTest").nextBytes(content);
        return content;
    }

    /** Until the end comes. */
    private static void echo(ByteChannel connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(10_000);
        while (connection.read(buffer.clear()) >= 0) {
            for (buffer.flip(); buffer.hasRemaining();) {
                connection.write(buffer);
            }
        }
    }

    private static CompletableFuture<Void> onAThread(Exchange exchange) {
        return CompletableFuture.runAsync(() -> {
            try {
                exchange.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }, Thread::startVirtualThread);
    }

    /** What the JDK's side does. */
    private interface Exchange {
        void run() throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void jdkAsServer(StreamKind kind) throws Exception {
        byte[] content = content();
        try (EventLoop loop = EventLoop.open(); ServerSocketChannel server = ServerSocketChannel.open(family(kind))) {
            SocketAddress address = server.bind(fresh(kind)).getLocalAddress();
            CompletableFuture<Void> echo = onAThread(() -> {
                try (SocketChannel connection = server.accept()) {
                    echo(connection);
                }
            });
            Task<byte[]> client = loop.spawn(() -> {
                try (StreamSocket socket = StreamSocket.connect(loop, address)) {
                    Task<Void> sender = loop.spawn(() -> {
                        assertEquals(BYTES, socket.write(ByteBuffer.wrap(content)));
                        socket.shutdownOutput();
                    });
                    byte[] received = Channels.newInputStream(socket).readAllBytes();
                    sender.join();
                    return received;
                }
            });
            loop.runUntilDone();
            echo.join();
            assertArrayEquals(content, client.join());
        }
    }

    @ParameterizedTest
    @EnumSource
    void jdkAsClient(StreamKind kind) throws Exception {
        byte[] content = content();
        AtomicReference<byte[]> received = new AtomicReference<>();
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, fresh(kind))) {
            SocketAddress address = listener.localAddress();
            Task<Void> server = loop.spawn(() -> {
                try (StreamSocket connection = listener.accept()) {
                    echo(connection);
                }
            });
            CompletableFuture<Void> client = onAThread(() -> {
                try (SocketChannel socket = SocketChannel.open(family(kind))) {
                    socket.connect(address);
                    CompletableFuture<Void> sender = onAThread(() -> {
                        for (ByteBuffer all = ByteBuffer.wrap(content); all.hasRemaining();) {
                            socket.write(all);
                        }
                        socket.shutdownOutput();
                    });
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    ByteBuffer buffer = ByteBuffer.allocate(10_000);
                    for (int count = 0; count >= 0; count = socket.read(buffer.clear())) {
                        all.write(buffer.array(), 0, count);
                    }
                    sender.join();
                    received.set(all.toByteArray());
                }
            });
            loop.runUntilDone();
            server.join();
            client.join();
            assertArrayEquals(content, received.get());
        }
    }
}
