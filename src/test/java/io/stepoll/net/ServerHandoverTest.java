package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The listeners of a server over one group are handed over to a server over another group, as in a restart. */
@Timeout(120)
class ServerHandoverTest {
    private static final int LOOPS = 2;
    private static final int CLIENTS = 3;
    private static final int ENOUGH = 200;
    private static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");

    @TempDir
    private Path folder;

    /** One generation of the server: a group, and how many requests each of its loops has answered. */
    private static final class Generation {
        final LoopGroup group;
        final AtomicIntegerArray answered = new AtomicIntegerArray(LOOPS);
        /** How many requests were handled by code outside of their loop. */
        final AtomicInteger strayed = new AtomicInteger();

        Generation() throws IOException {
            group = LoopGroup.open(LOOPS);
        }

        void serve(Connection<Void> served) throws IOException {
            StreamSocket connection = served.socket();
            EventLoop loop = connection.loop();
            ByteBuffer buffer = ByteBuffer.allocate(16);
            while (connection.read(buffer.clear()) >= 0) {
                if (!loop.isCurrent()) {
                    strayed.incrementAndGet();
                }
                connection.write(buffer.flip());
                answered.incrementAndGet(group.loops().indexOf(loop));
            }
        }

        Server open(ServerTest.Way way, SocketAddress address) throws IOException {
            return way.open(group, address, this::serve);
        }

        Server takeOver(ServerTest.Way way, Handover handover) throws IOException {
            return way.builder(group).serve(this::serve).open(handover);
        }

        /** Waits until both loops have answered enough requests. */
        void awaitAnswers(List<Task<Void>> offered, List<CompletableFuture<Void>> clients) throws Exception {
            Looks.until(() -> {
                for (CompletableFuture<Void> client : clients) {
                    assertTrue(!client.isDone(), client::toString);
                }
                return answered.get(0) >= ENOUGH && answered.get(1) >= ENOUGH;
            });
            assertEquals(List.of(), offered.stream().filter(task -> task.state() == Task.State.FAILED).toList());
        }
    }

    /** Connects, asks and checks the answer, again and again until the end. The first failure ends it, too. */
    private static CompletableFuture<Void> client(SocketAddress address, AtomicInteger end) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int i = 0; end.get() == 0; i++) {
                    try (SocketChannel channel = SocketChannel.open(address)) {
                        ServerTest.exchange(channel, i);
                    }
                }
                result.complete(null);
            } catch (Throwable failed) {
                result.completeExceptionally(failed);
            }
        });
        return result;
    }

    private static Task<Void> offer(EventLoop loop, SocketAddress place, Server server) throws Exception {
        Listener[] listeners = server.listeners().toArray(Listener[]::new);
        HandoverOffer offer = loop.spawn(() -> Handover.offer(loop, place, listeners)).join();
        return loop.spawn(offer::awaitSuccessor);
    }

    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void noRequestFails(ServerTest.Way way) throws Exception {
        SocketAddress place = Addresses.parse("unix:" + folder.resolve("meet"));
        AtomicInteger end = new AtomicInteger();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        Generation former = new Generation();
        Generation next = new Generation();
        try (LoopGroup one = former.group; LoopGroup two = next.group) {
            Server server = former.open(way, ANY);
            EventLoop loop = one.loop(0);
            Task<Void> offered = offer(loop, place, server);
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(client(server.localAddress(), end));
            }
            former.awaitAnswers(List.of(offered), clients);
            Server successor = two.loop(0).spawn(() -> {
                try (Handover handover = Handover.take(two.loop(0), place)) {
                    Server made = next.takeOver(way, handover);
                    handover.listening();
                    return made;
                }
            }).join();
            assertEquals(server.localAddress(), successor.localAddress());
            assertEquals(server.listeners().size(), successor.listeners().size());
            offered.join();
            assertTrue(Shutdown.of(one).start().join().isClean());
            next.awaitAnswers(List.of(), clients);
            end.set(1);
            for (CompletableFuture<Void> client : clients) {
                client.join();
            }
            assertEquals(List.of(0, 0), List.of(former.strayed.get(), next.strayed.get()));
        } finally {
            end.set(1);
        }
    }

    /** A successor that fails half-way takes nothing: the former server goes on, and the next successor gets all. */
    @Test
    void successorsThatFail() throws Exception {
        SocketAddress place = Addresses.parse("unix:" + folder.resolve("meet"));
        Generation former = new Generation();
        Generation next = new Generation();
        try (LoopGroup one = former.group; LoopGroup two = next.group) {
            Server server = former.open(ServerTest.Way.PER_LOOP, ANY);
            EventLoop loop = one.loop(0);
            Task<Void> offered = offer(loop, place, server);
            EventLoop other = two.loop(0);
            other.spawn(() -> {
                try (Handover handover = Handover.take(other, place)) {
                    handover.listener(other).close();
                    handover.listener(other).close();
                    assertThrows(IllegalArgumentException.class,
                            () -> next.takeOver(ServerTest.Way.PER_LOOP, handover));
                }
            }).join();
            other.spawn(() -> {
                try (Handover handover = Handover.take(other, place);
                        Server broken = next.takeOver(ServerTest.Way.PER_LOOP, handover)) {
                    assertEquals(LOOPS, broken.listeners().size());
                }
            }).join();
            AtomicInteger end = new AtomicInteger();
            List<CompletableFuture<Void>> clients = List.of(client(server.localAddress(), end));
            former.awaitAnswers(List.of(offered), clients);
            assertTrue(!offered.isDone());
            end.set(1);
            clients.getFirst().join();
        }
    }
}
