package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.EventLoopBuilder;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One busy peer does not starve the others. The test counts steps, and operations in one step. */
@Timeout(60)
class FairnessTest {
    private static final int BUDGET = EventLoopBuilder.DEFAULT_IO_BUDGET;
    private static final int OTHERS = 99;
    private static final int MILLISECONDS = 100;
    private static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");

    private final List<AutoCloseable> open = new ArrayList<>();
    private int inThisStep;
    private long stepOfLast;
    private int mostInAStep;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    private EventLoop loop(int budget) throws IOException {
        return keep(EventLoop.builder().ioBudget(budget).open());
    }

    private static long steps(EventLoop loop) {
        return Loop.of(loop).reactor().steps();
    }

    /** Counts an operation of the current step. */
    private void count(EventLoop loop) {
        inThisStep = steps(loop) == stepOfLast ? inThisStep + 1 : 1;
        stepOfLast = steps(loop);
        mostInAStep = Math.max(mostInAStep, inThisStep);
    }

    private SocketChannel client(SocketAddress address) throws IOException {
        SocketChannel client = keep(SocketChannel.open(address));
        client.configureBlocking(false);
        return client;
    }

    /** Writes as much as there is room for. */
    private static void fill(SocketChannel hog) throws IOException {
        while (hog.write(ByteBuffer.allocate(1 << 16)) > 0) {
            // there may be room for more
        }
    }

    /**
     * Each millisecond all the others ask, while the busy peer has always sent more than one step reads. Returns the
     * largest number of steps until all had their answers.
     */
    private long mostStepsToAnAnswer(EventLoop loop, SocketAddress address) throws IOException {
        SocketChannel hog = client(address);
        List<SocketChannel> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            others.add(client(address));
        }
        for (int i = 0; i < 10; i++) {
            loop.step(false); // accepts all clients
        }
        long most = 0;
        for (int millisecond = 0; millisecond < MILLISECONDS; millisecond++) {
            fill(hog);
            for (SocketChannel other : others) {
                assertEquals(1, other.write(ByteBuffer.allocate(1)));
            }
            long asked = steps(loop);
            int answers = 0;
            while (answers < OTHERS) {
                loop.step(false);
                for (SocketChannel other : others) {
                    answers += other.read(ByteBuffer.allocate(2));
                }
                fill(hog);
            }
            most = Math.max(most, steps(loop) - asked);
        }
        return most;
    }

    /** The poll of the first step sees the requests, and the tasks answer in its wake phase. */
    @Test
    void tasks() throws Exception {
        EventLoop loop = loop(BUDGET);
        Listener listener = Listener.bind(loop, ANY);
        loop.spawn(() -> {
            for (boolean first = true;; first = false) {
                var connection = listener.accept();
                boolean isHog = first;
                loop.spawn(() -> {
                    ByteBuffer buffer = ByteBuffer.allocate(16);
                    while (connection.read(buffer.clear()) >= 0) {
                        if (isHog) {
                            count(loop);
                        } else {
                            connection.write(buffer.flip());
                        }
                    }
                });
            }
        });
        assertEquals(1, mostStepsToAnAnswer(loop, listener.localAddress()));
        assertEquals(BUDGET, mostInAStep);
    }

    /** A handler that reads all that is there. */
    private final class Greedy implements ReadinessHandler {
        private final EventLoop loop;
        private final boolean isHog;
        private final ByteBuffer buffer = ByteBuffer.allocate(16);

        Greedy(EventLoop loop, boolean isHog) {
            this.loop = loop;
            this.isHog = isHog;
        }

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            while (descriptor.tryRead(buffer.clear()) > 0) {
                if (isHog) {
                    count(loop);
                } else {
                    assertEquals(1, descriptor.tryWrite(buffer.flip()));
                }
            }
        }
    }

    @Test
    void handlers() throws Exception {
        EventLoop loop = loop(BUDGET);
        Listener listener = Listener.bind(loop, ANY);
        int[] accepted = new int[1];
        listener.descriptor().handle(descriptor -> {
            for (Descriptor next = descriptor.tryAccept(); next != null; next = descriptor.tryAccept()) {
                next.handle(new Greedy(loop, accepted[0]++ == 0), true, false);
            }
        }, true, false);
        assertEquals(1, mostStepsToAnAnswer(loop, listener.localAddress()));
        assertEquals(BUDGET, mostInAStep);
    }

    /** Each step accepts as many connections as the budget allows, until all are accepted. */
    @ParameterizedTest
    @ValueSource(strings = {"task", "handler"})
    void acceptLoops(String style) throws Exception {
        int budget = 5;
        EventLoop loop = loop(budget);
        Listener listener = Listener.bind(loop, ANY);
        if (style.equals("task")) {
            loop.spawn(() -> {
                while (true) {
                    keep(listener.accept());
                    count(loop);
                }
            });
        } else {
            listener.descriptor().handle(descriptor -> {
                for (Descriptor next = descriptor.tryAccept(); next != null; next = descriptor.tryAccept()) {
                    keep(next);
                    count(loop);
                }
            }, true, false);
        }
        int clients = 23;
        for (int i = 0; i < clients; i++) {
            client(listener.localAddress());
        }
        for (int i = 0; i < clients; i++) {
            loop.step(false);
        }
        assertEquals(budget, mostInAStep);
        assertEquals(2 * clients + 1, open.size(), "the loop, and both ends of each connection");
    }

    @Test
    void datagrams() throws Exception {
        int budget = 5;
        EventLoop loop = loop(budget);
        DatagramEndpoint endpoint = DatagramEndpoint.bind(loop, new InetSocketAddress("127.0.0.1", 0));
        int[] received = new int[1];
        loop.spawn(() -> {
            while (true) {
                endpoint.receive(ByteBuffer.allocate(16));
                received[0]++;
                count(loop);
            }
        });
        DatagramChannel sender = keep(DatagramChannel.open());
        int datagrams = 23;
        for (int i = 0; i < datagrams; i++) {
            sender.send(ByteBuffer.allocate(8), endpoint.localAddress());
        }
        for (int i = 0; i < datagrams; i++) {
            loop.step(false);
        }
        assertEquals(datagrams, received[0]);
        assertEquals(budget, mostInAStep);
    }

    /** Spawns a task that accepts one connection, and counts its reads from it. */
    private Task<Void> readAll(EventLoop loop, Listener listener) {
        return loop.spawn(() -> {
            var connection = listener.accept();
            for (ByteBuffer buffer = ByteBuffer.allocate(16); connection.read(buffer.clear()) >= 0;) {
                count(loop);
            }
        });
    }

    @Test
    void withoutABudgetNothingIsCounted() throws Exception {
        EventLoop loop = loop(0);
        Listener listener = Listener.bind(loop, ANY);
        readAll(loop, listener);
        SocketChannel hog = client(listener.localAddress());
        loop.step(false);
        fill(hog);
        loop.step(false);
        assertTrue(mostInAStep > 20 * BUDGET, () -> mostInAStep + " in a step");
        assertThrows(IllegalArgumentException.class, () -> EventLoop.builder().ioBudget(-1));
    }

    /** A task that never has to wait can be cancelled, too. */
    @Test
    void busyTaskIsCancelled() throws Exception {
        EventLoop loop = loop(BUDGET);
        Listener listener = Listener.bind(loop, ANY);
        Task<Void> busy = readAll(loop, listener);
        SocketChannel hog = client(listener.localAddress());
        loop.step(false);
        fill(hog);
        for (int i = 0; i < 5; i++) {
            loop.step(false);
        }
        busy.cancel();
        loop.step(false);
        assertEquals(Task.State.CANCELLED, busy.state());
        assertEquals(BUDGET, mostInAStep);
    }
}
