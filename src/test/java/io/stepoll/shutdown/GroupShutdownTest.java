package io.stepoll.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.LoopGroup;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.ServerBuilder;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two loops under load. Connections spread and stay on their loops. A shutdown answers all that were accepted. */
@Timeout(120)
class GroupShutdownTest {
    private static final int CLIENTS = 4;
    private static final int ASKS = 5;
    private static final int CONVERSATIONS = 300;

    private final Set<Long> threads = ConcurrentHashMap.newKeySet();
    private final AtomicInteger conversations = new AtomicInteger();
    private final CompletableFuture<Void> enough = new CompletableFuture<>();
    private volatile boolean ending;

    /** Answers each byte with the number of the loop. */
    private static void serve(LoopGroup group, StreamSocket socket) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        while (socket.read(one.clear()) >= 0) {
            byte loop = (byte) group.loops().indexOf(socket.loop());
            assertTrue(socket.loop().isCurrent());
            socket.write(one.clear().put(loop).flip());
        }
    }

    /** Holds conversations until nobody listens any more. One loop answers each of them, wholly or not at all. */
    private Void talk(SocketAddress address) throws IOException {
        while (true) {
            int answered = 0;
            try (SocketChannel channel = SocketChannel.open(address)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                long loop = -1;
                for (; answered < ASKS; answered++) {
                    channel.write(one.clear());
                    if (channel.read(one.clear()) < 0) {
                        throw new IOException("the end");
                    }
                    assertTrue(loop == -1 || loop == one.get(0), "a connection has changed its loop");
                    loop = one.get(0);
                }
                threads.add(loop);
                if (conversations.incrementAndGet() == CONVERSATIONS) {
                    enough.complete(null);
                }
            } catch (IOException e) {
                if (answered > 0 || !ending) {
                    AssertionError broken = new AssertionError("broken off after " + answered + " answers", e);
                    enough.completeExceptionally(broken);
                    throw broken;
                }
                return null;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void underLoad(boolean handingOver) throws Exception {
        try (LoopGroup group = LoopGroup.open(2); ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            SocketAddress any = Addresses.parse("tcp:127.0.0.1:0");
            ServerBuilder<Void> builder = Server.builder(group).serve(connection -> serve(group, connection.socket()));
            Server server = (handingOver ? builder.handingOver() : builder.perLoop()).open(any);
            List<Future<Void>> talks = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                talks.add(clients.submit(() -> talk(server.localAddress())));
            }
            enough.get();
            ending = true;
            ShutdownReport report = Shutdown.of(group).start().join();
            assertTrue(report.isClean(), report::toString);
            for (Future<Void> talk : talks) {
                talk.get();
            }
            group.join();
            assertEquals(Set.of(0L, 1L), threads);
        }
    }
}
