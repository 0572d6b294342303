package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.support.Seeds;
import io.stepoll.support.StreamKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stream sockets with the JDK's channels as their peers, as clients and as servers, of every kind that the JDK has. */
@Timeout(60)
class JdkChannelsTest extends SocketFixture {
    private static final int BYTES = 1_000_000;

    /** Returns an address for either side. The JDK has paths, but no abstract names. */
    private SocketAddress fresh(StreamKind kind) throws IOException {
        return kind == StreamKind.UNIX ? fresh(AddressKind.PATH) : kind.fresh();
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

    /** Sends back all that comes until the end. */
    private static void echo(ByteChannel connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(10_000);
        while (connection.read(buffer.clear()) >= 0) {
            for (buffer.flip(); buffer.hasRemaining();) {
                connection.write(buffer);
            }
        }
    }

    private static CompletableFuture<Void> onAThread(TaskBody exchange) {
        return CompletableFuture.runAsync(() -> {
            try {
                exchange.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }, Thread::startVirtualThread);
    }

    @ParameterizedTest
    @EnumSource
    void theJdkAsServer(StreamKind kind) throws Exception {
        byte[] content = content();
        try (ServerSocketChannel server = ServerSocketChannel.open(family(kind))) {
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
    void theJdkAsClient(StreamKind kind) throws Exception {
        byte[] content = content();
        AtomicReference<byte[]> received = new AtomicReference<>();
        Listener listener = Listener.bind(loop, fresh(kind));
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

    /**
     * A socket of the JDK that always has data, read in the way that README names: the other tasks have their turns.
     */
    @Test
    void aSocketThatAlwaysHasDataIsReadElsewhere() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.INET)
                .bind(StreamKind.TCP.fresh()); SocketChannel reader = SocketChannel.open(server.getLocalAddress());
                SocketChannel writer = server.accept()) {
            Thread writing = Thread.ofPlatform().start(() -> writeUntilClosed(writer));
            int[] turns = new int[1];
            loop.spawn(() -> {
                ByteBuffer buffer = ByteBuffer.allocate(1000);
                while (turns[0] < 100) {
                    loop.offload(() -> reader.read(buffer.clear()));
                }
            });
            loop.spawn(() -> {
                while (turns[0] < 100) {
                    turns[0]++;
                    loop.sleep(Duration.ofNanos(1));
                }
            });
            loop.runUntilDone();
            reader.socket().close();
            writing.join();
        }
    }

    private static void writeUntilClosed(SocketChannel writer) {
        ByteBuffer buffer = ByteBuffer.allocate(100_000);
        try {
            while (true) {
                writer.write(buffer.clear());
            }
        } catch (IOException e) {
            // The reader has closed its socket.
        }
    }
}
