package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.support.AllocatedBytes;
import io.stepoll.support.Loops;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams in handlers, in batches and one at a time. */
@Timeout(60)
class DatagramHandlerTest extends SocketFixture {
    private static final int WARM_UP = 20_000;
    private static final int ECHOES = 20_000;

    private final List<Object> log = new ArrayList<>();

    /** Each sender gets its own datagram back, and the batch says how long the datagram was. */
    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void echoesToWhoeverSends(AddressKind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint[] clients = {bound(kind), bound(kind)};
        DatagramBatch batch = new DatagramBatch(2, 10);
        server.descriptor().handle(descriptor -> {
            int count = server.tryReceiveBatch(batch);
            if (count == Descriptor.WOULD_BLOCK) {
                return;
            }
            for (int i = 0; i < count; i++) {
                log.add(batch.length(i) + (batch.isTruncated(i) ? " truncated" : ""));
            }
            assertEquals(count, server.trySendBatch(batch, 0));
        }, true, false);
        for (DatagramEndpoint client : clients) {
            loop.spawn(() -> {
                ByteBuffer answer = ByteBuffer.allocate(20);
                for (String request : List.of("one", "", "a long request")) {
                    client.send(text(request), server.localAddress());
                    assertEquals(server.localAddress(), client.receive(answer.clear()));
                    assertText(request.substring(0, Math.min(10, request.length())), answer);
                }
                client.close();
                log.add("done");
            });
        }
        while (log.stream().filter("done"::equals).count() < 2) {
            loop.step(true);
        }
        for (String expected : List.of("3", "0", "14 truncated")) {
            assertEquals(2, log.stream().filter(expected::equals).count(), log::toString);
        }
    }

    /** If nothing is there the batch is empty afterwards. */
    @Test
    void nothingIsThere() throws Exception {
        DatagramEndpoint one = bound(AddressKind.IPV4);
        DatagramBatch batch = new DatagramBatch(1, 10);
        batch.add();
        assertEquals(Descriptor.WOULD_BLOCK, one.tryReceiveBatch(batch));
        assertEquals(0, batch.count());
        assertEquals(0, one.trySendBatch(batch, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> one.trySendBatch(batch, 1));
    }

    /** The handler of a sender far ahead of its receiver is called only when there is room. Nothing is lost. */
    @Test
    void fullQueue() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        DatagramBatch many = new DatagramBatch(1024, 2000);
        for (int i = 0; i < 1024; i++) {
            many.data(many.add()).putInt(i).position(0);
        }
        pair[0].descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) {
                throw new AssertionError("not asked for");
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                log.add(pair[0].trySendBatch(many, many.sent()));
                if (many.sent() == many.count()) {
                    pair[0].close();
                }
            }
        }, false, true);
        Loops.steps(loop, 10);
        assertEquals(1, log.size(), "called without room");
        assertTrue(many.sent() > 0 && many.sent() < many.count(), () -> many.sent() + " sent");
        DatagramBatch few = new DatagramBatch(7, 2000);
        int[] next = new int[1];
        pair[1].descriptor().handle(descriptor -> {
            int count = pair[1].tryReceiveBatch(few);
            for (int i = 0; i < count; i++) {
                assertEquals(next[0]++, few.data(i).getInt());
            }
            if (next[0] == many.count()) {
                pair[1].close();
            }
        }, true, false);
        loop.runUntilDone();
        assertEquals(1024, next[0]);
        assertFalse(log.contains(0) || log.contains(Descriptor.WOULD_BLOCK), log::toString);
    }

    /**
     * The kernel does not notify a Unix socket of room at another socket that it is not connected to. A later try sends
     * the rest.
     */
    @Test
    void fullQueueOfAnother() throws Exception {
        DatagramEndpoint sender = bound(AddressKind.ABSTRACT);
        DatagramEndpoint receiver = bound(AddressKind.ABSTRACT);
        DatagramBatch batch = new DatagramBatch(1024, 8);
        for (int i = 0; i < 1024; i++) {
            batch.address(batch.add(), receiver.localAddress());
        }
        assertTrue(sender.trySendBatch(batch, 0) < 1024);
        assertEquals(Descriptor.WOULD_BLOCK, sender.trySendBatch(batch, batch.sent()));
        DatagramBatch received = new DatagramBatch(1024, 8);
        int count = 0;
        while (batch.sent() < 1024) {
            count += receiver.tryReceiveBatch(received);
            sender.trySendBatch(batch, batch.sent());
        }
        assertEquals(1024, count + receiver.tryReceiveBatch(received));
    }

    /** The datagrams before the one that fails are sent. Those after it can be sent by another call. */
    @Test
    void failureInTheMiddle() throws Exception {
        DatagramEndpoint one = bound(AddressKind.ABSTRACT);
        DatagramBatch batch = DatagramBatchTest.failingInTheMiddle(one);
        DatagramBatchTest.assertFailsInTheMiddle(batch, () -> one.trySendBatch(batch, 0));
        assertEquals(1, one.trySendBatch(batch, 2));
        assertEquals(2, one.tryReceiveBatch(batch));
        assertEquals(3, batch.length(1));
    }

    /** The calls of the descriptor move a Unix message that is longer than the loop's own memory for heap buffers. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void longMessages(boolean shared) throws Exception {
        DatagramEndpoint[] datagrams = DatagramEndpoint.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        for (Descriptor[] pair : new Descriptor[][] {{datagrams[0].descriptor(), datagrams[1].descriptor()},
            {records[0].descriptor(), records[1].descriptor()}}) {
            Descriptor sender = shared ? loop.adopt(pair[0].disown()) : pair[0];
            Descriptor receiver = shared ? loop.adopt(pair[1].disown()) : pair[1];
            ByteBuffer message = ByteBuffer.allocate(100_000).putInt(99_996, 7);
            assertEquals(100_000, sender.tryWrite(message));
            assertEquals(100_000, inTask(() -> sender.write(message.clear())));
            ByteBuffer received = ByteBuffer.allocate(1 << 20);
            assertEquals(100_000, receiver.tryRead(received));
            assertEquals(7, received.getInt(99_996));
            assertEquals(100_000, inTask(() -> receiver.read(received)));
            assertEquals(7, received.getInt(199_996));
            assertEquals(Descriptor.WOULD_BLOCK, receiver.tryRead(received));
        }
    }

    /** While a task waits with a batch no other code may use the batch. A task may not wait where a handler is set. */
    @Test
    void wrongUseIsRefused() throws Exception {
        DatagramEndpoint one = bound(AddressKind.IPV4);
        DatagramBatch batch = new DatagramBatch(1, 8);
        Task<Integer> busy = loop.spawn(() -> one.receiveBatch(batch));
        loop.step(false);
        assertThrows(IllegalStateException.class, () -> one.tryReceiveBatch(batch));
        assertThrows(IllegalStateException.class, () -> one.trySendBatch(batch, 0));
        busy.cancel();
        loop.runUntilDone();
        one.descriptor().handle(descriptor -> {}, true, false);
        Task<Integer> mixing = loop.spawn(() -> one.receiveBatch(batch));
        loop.step(false);
        assertInstanceOf(IllegalStateException.class,
                assertThrows(ExecutionException.class, mixing::join).getCause());
        one.close();
        assertThrows(IOException.class, () -> one.tryReceiveBatch(batch));
        assertThrows(IOException.class, () -> one.trySendBatch(batch, 0));
    }

    /** The echo is measured when the code is compiled. */
    @Test
    void echoAllocatesNothing() throws Exception {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        DatagramEndpoint server = bound(AddressKind.IPV4);
        DatagramEndpoint client = bound(AddressKind.IPV4);
        DatagramBatch echoed = new DatagramBatch(4, 64);
        DatagramBatch ping = new DatagramBatch(1, 64);
        ping.address(ping.add(), server.localAddress());
        int[] echoes = new int[1];
        long[] allocated = new long[2];
        server.descriptor().handle(descriptor -> {
            server.tryReceiveBatch(echoed);
            server.trySendBatch(echoed, 0);
        }, true, false);
        client.descriptor().handle(descriptor -> {
            if (client.tryReceiveBatch(ping) > 0 && ++echoes[0] < WARM_UP + ECHOES) {
                client.trySendBatch(ping, 0);
            }
            if (echoes[0] == WARM_UP) {
                allocated[0] = allocatedBytes.now();
            } else if (echoes[0] == WARM_UP + ECHOES) {
                allocated[1] = allocatedBytes.now();
                loop.stop();
            }
        }, true, false);
        client.trySendBatch(ping, 0);
        loop.run();
        double each = (double) (allocated[1] - allocated[0]) / ECHOES;
        assertTrue(each < 1, () -> each + " bytes an echo");
    }
}
