package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams in the callback style, in batches and one at a time. */
@Timeout(60)
class DatagramHandlerTest extends DatagramFixture {
    private static final int WARM_UP = 20_000;
    private static final int ECHOES = 20_000;

    private final List<Object> log = new ArrayList<>();

    /** Whoever sends is answered, with what came and how long it was. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void echoesToWhoeverSends(Kind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint[] clients = {bound(kind), bound(kind)};
        DatagramBatch batch = new DatagramBatch(2, 10);
        server.descriptor().handle(descriptor -> {
            int count = server.receiveBatchNow(batch);
            for (int i = 0; i < count; i++) {
                log.add(batch.length(i) + (batch.isTruncated(i) ? " truncated" : ""));
            }
            assertEquals(count, server.sendBatchNow(batch, 0));
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

    /** Nothing is there: then the batch has nothing either. */
    @Test
    void nothingThere() throws Exception {
        DatagramEndpoint one = bound(Kind.IPV4);
        DatagramBatch batch = new DatagramBatch(1, 10);
        batch.add();
        assertEquals(0, one.receiveBatchNow(batch));
        assertEquals(0, batch.count());
        assertEquals(0, one.sendBatchNow(batch, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> one.sendBatchNow(batch, 1));
    }

    /** A sender far ahead of its receiver is called when there is room, and not before: each packet arrives, once. */
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
                log.add(pair[0].sendBatchNow(many, many.sent()));
                if (many.sent() == many.count()) {
                    pair[0].close();
                }
            }
        }, false, true);
        for (int i = 0; i < 10; i++) {
            loop.step(false);
        }
        assertEquals(1, log.size(), "called without room");
        assertTrue(many.sent() > 0 && many.sent() < many.count(), () -> many.sent() + " sent");
        DatagramBatch few = new DatagramBatch(7, 2000);
        int[] next = new int[1];
        pair[1].descriptor().handle(descriptor -> {
            int count = pair[1].receiveBatchNow(few);
            for (int i = 0; i < count; i++) {
                assertEquals(next[0]++, few.data(i).getInt());
            }
            if (next[0] == many.count()) {
                pair[1].close();
            }
        }, true, false);
        loop.runUntilDone();
        assertEquals(1024, next[0]);
        assertFalse(log.contains(0), log::toString);
    }

    /** The kernel does not tell of room at a Unix socket that this one is not connected to: who tries later gets it. */
    @Test
    void fullQueueOfAnother() throws Exception {
        DatagramEndpoint sender = bound(Kind.ABSTRACT);
        DatagramEndpoint receiver = bound(Kind.ABSTRACT);
        DatagramBatch batch = new DatagramBatch(1024, 8);
        for (int i = 0; i < 1024; i++) {
            batch.address(batch.add(), receiver.localAddress());
        }
        assertTrue(sender.sendBatchNow(batch, 0) < 1024);
        assertEquals(0, sender.sendBatchNow(batch, batch.sent()));
        DatagramBatch received = new DatagramBatch(1024, 8);
        int count = 0;
        while (batch.sent() < 1024) {
            count += receiver.receiveBatchNow(received);
            sender.sendBatchNow(batch, batch.sent());
        }
        assertEquals(1024, count + receiver.receiveBatchNow(received));
    }

    /** Those before it have gone, and those behind it can be sent. */
    @Test
    void failureInTheMiddle() throws Exception {
        DatagramEndpoint one = bound(Kind.ABSTRACT);
        DatagramBatch batch = new DatagramBatch(3, 8);
        for (int i = 0; i < 3; i++) {
            batch.data(batch.add()).limit(i + 1);
            batch.address(i, i == 1 ? AbstractAddress.of("stepoll-not-there") : one.localAddress());
        }
        IOException refusal = assertThrows(IOException.class, () -> one.sendBatchNow(batch, 0));
        assertTrue(refusal.getMessage().contains("sendmmsg on unix:@stepoll-not-there: ECONNREFUSED"),
                refusal.getMessage());
        assertInstanceOf(SystemCallFailure.class, refusal);
        assertEquals(1, batch.sent());
        assertEquals(1, one.sendBatchNow(batch, 2));
        assertEquals(2, one.receiveBatchNow(batch));
        assertEquals(3, batch.length(1));
    }

    /** A Unix message that is longer than the loop's own memory for heap buffers, by the calls of the descriptor. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void longMessages(boolean shared) throws Exception {
        DatagramEndpoint[] datagrams = DatagramEndpoint.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        for (Descriptor[] pair : new Descriptor[][] {{datagrams[0].descriptor(), datagrams[1].descriptor()},
            {records[0].descriptor(), records[1].descriptor()}}) {
            Descriptor sender = shared ? loop.adopt(loop.disown(pair[0])) : pair[0];
            Descriptor receiver = shared ? loop.adopt(loop.disown(pair[1])) : pair[1];
            ByteBuffer message = ByteBuffer.allocate(100_000).putInt(99_996, 7);
            assertEquals(100_000, sender.sendNow(message));
            assertEquals(100_000L, inTask(() -> sender.send(message.clear(), 0, EventLoop.NO_DEADLINE)));
            ByteBuffer received = ByteBuffer.allocate(1 << 20);
            assertEquals(100_000, receiver.recvNow(received));
            assertEquals(7, received.getInt(99_996));
            assertEquals(100_000, inTask(() -> receiver.recv(received, 0, EventLoop.NO_DEADLINE)));
            assertEquals(7, received.getInt(199_996));
            assertEquals(0, receiver.recvNow(received));
        }
    }

    /** While a task waits with a batch nobody else may use it, and no handler mixes with tasks. */
    @Test
    void wrongUse() throws Exception {
        DatagramEndpoint one = bound(Kind.IPV4);
        DatagramBatch batch = new DatagramBatch(1, 8);
        Task<Integer> busy = loop.spawn(() -> one.receiveBatch(batch));
        loop.step(false);
        assertThrows(IllegalStateException.class, () -> one.receiveBatchNow(batch));
        assertThrows(IllegalStateException.class, () -> one.sendBatchNow(batch, 0));
        busy.cancel();
        loop.runUntilDone();
        one.descriptor().handle(descriptor -> {}, true, false);
        Task<Integer> mixing = loop.spawn(() -> one.receiveBatch(batch));
        loop.step(false);
        assertInstanceOf(IllegalStateException.class,
                assertThrows(ExecutionException.class, mixing::join).getCause());
        one.close();
        assertThrows(IOException.class, () -> one.receiveBatchNow(batch));
        assertThrows(IOException.class, () -> one.sendBatchNow(batch, 0));
    }

    /** Once all is compiled. */
    @Test
    void echoAllocatesNothing() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        DatagramEndpoint server = bound(Kind.IPV4);
        DatagramEndpoint client = bound(Kind.IPV4);
        DatagramBatch echoed = new DatagramBatch(4, 64);
        DatagramBatch ping = new DatagramBatch(1, 64);
        ping.address(ping.add(), server.localAddress());
        int[] echoes = new int[1];
        long[] allocated = new long[2];
        server.descriptor().handle(descriptor -> {
            server.receiveBatchNow(echoed);
            server.sendBatchNow(echoed, 0);
        }, true, false);
        client.descriptor().handle(descriptor -> {
            if (client.receiveBatchNow(ping) > 0 && ++echoes[0] < WARM_UP + ECHOES) {
                client.sendBatchNow(ping, 0);
            }
            if (echoes[0] == WARM_UP) {
                allocated[0] = threads.getCurrentThreadAllocatedBytes();
            } else if (echoes[0] == WARM_UP + ECHOES) {
                allocated[1] = threads.getCurrentThreadAllocatedBytes();
                loop.stop();
            }
        }, true, false);
        client.sendBatchNow(ping, 0);
        loop.run();
        double each = (double) (allocated[1] - allocated[0]) / ECHOES;
        assertTrue(each < 1, () -> each + " bytes an echo");
    }
}
