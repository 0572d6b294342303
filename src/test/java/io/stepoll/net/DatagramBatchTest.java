package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DatagramRefusedException;
import io.stepoll.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches of datagrams in tasks: recvmmsg(2) and sendmmsg(2). */
@Timeout(60)
class DatagramBatchTest extends SocketFixture {
    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void thereAndBack(AddressKind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint client = bound(kind);
        DatagramBatch requests = new DatagramBatch(8, 100);
        DatagramBatch received = new DatagramBatch(16, 100);
        for (int i = 0; i < 5; i++) {
            int packet = requests.add();
            requests.data(packet).put(text("packet " + i)).flip();
            requests.address(packet, server.localAddress());
        }
        inTask(() -> {
            assertEquals(5, client.sendBatch(requests));
            assertEquals(5, requests.sent());
            assertEquals(5, server.receiveBatch(received));
            for (int i = 0; i < 5; i++) {
                assertEquals(client.localAddress(), received.address(i));
                assertEquals(8, received.length(i));
                assertText("packet " + i, received.data(i).duplicate().position(8));
            }
            assertEquals(5, server.sendBatch(received));
            assertEquals(5, client.receiveBatch(requests));
            assertEquals(server.localAddress(), requests.address(4));
            assertText("packet 4", requests.data(4).duplicate().position(8));
        });
    }

    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void answersFromAnotherBatch(AddressKind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint client = bound(kind).connect(server.localAddress());
        DatagramBatch batch = new DatagramBatch(4, 10);
        DatagramBatch answers = new DatagramBatch(4, 1000);
        inTask(() -> {
            client.write(text("short"));
            client.write(text("longer than ten"));
            client.write(text(""));
            assertEquals(3, server.receiveBatch(batch));
            assertFalse(batch.isTruncated(0));
            assertTrue(batch.isTruncated(1));
            assertEquals(15, batch.length(1));
            assertEquals(10, batch.data(1).remaining());
            assertEquals(0, batch.data(2).remaining());
            int answer = answers.replyTo(batch, 1);
            assertEquals(batch.rawAddress(1), answers.rawAddress(answer));
            answers.data(answer).put(text("too long")).flip();
            server.sendBatch(answers);
            ByteBuffer buffer = ByteBuffer.allocate(20);
            client.read(buffer);
            assertText("too long", buffer);
        });
    }

    /** A connected endpoint sends a batch without addresses that is more than the socket takes at once. */
    @Test
    void partialSends() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        DatagramBatch many = new DatagramBatch(1024, 2000);
        for (int i = 0; i < 1024; i++) {
            many.add();
            many.data(i).putInt(i).position(0);
        }
        Task<Integer> sender = loop.spawn(() -> pair[0].sendBatch(many));
        DatagramBatch few = new DatagramBatch(7, 2000);
        inTask(() -> {
            for (int next = 0; next < 1024;) {
                int count = pair[1].receiveBatch(few);
                for (int i = 0; i < count; i++) {
                    assertEquals(next++, few.data(i).getInt());
                    assertNull(few.address(i));
                    assertEquals(0, few.rawAddress(i).limit());
                }
            }
        });
        assertEquals(1024, sender.join());
    }

    /**
     * Returns datagrams of 1, 2 and 3 bytes to the endpoint itself, the second one to an address that no socket has.
     */
    static DatagramBatch failingInTheMiddle(DatagramEndpoint endpoint) throws IOException {
        DatagramBatch batch = new DatagramBatch(3, 8);
        for (int i = 0; i < 3; i++) {
            batch.data(batch.add()).limit(i + 1);
            batch.address(i, i == 1 ? AbstractAddress.of("stepoll-not-there") : endpoint.localAddress());
        }
        return batch;
    }

    /** The send names the datagram's address. The datagrams before it have been sent, and those after it can be. */
    static void assertFailsInTheMiddle(DatagramBatch batch, Executable send) {
        assertRefused(DatagramRefusedException.class, send, "sendmmsg on unix:@stepoll-not-there: ECONNREFUSED");
        assertEquals(1, batch.sent());
    }

    /** The datagrams before the one that fails are sent. Those after it can be sent by another call. */
    @Test
    void failureInTheMiddle() throws Exception {
        DatagramEndpoint one = bound(AddressKind.ABSTRACT);
        DatagramBatch batch = failingInTheMiddle(one);
        inTask(() -> {
            assertFailsInTheMiddle(batch, () -> one.sendBatch(batch));
            assertEquals(1, one.sendBatch(batch, batch.sent() + 1, Duration.ofSeconds(10)));
            assertEquals(2, one.receiveBatch(batch));
            assertEquals(1, batch.length(0));
            assertEquals(3, batch.length(1));
        });
    }

    /** An IPv6 socket sends to IPv4 addresses, and an IPv4 socket can answer a batch that an IPv6 socket received. */
    @Test
    void mappedAddresses() throws Exception {
        assumeIpv6();
        DatagramEndpoint both = DatagramEndpoint.open(loop, StandardProtocolFamily.INET6)
                .bind(new InetSocketAddress(InetAddress.getByName("::"), 0));
        DatagramEndpoint four = bound(AddressKind.IPV4);
        DatagramEndpoint six = bound(AddressKind.IPV6);
        DatagramBatch batch = new DatagramBatch(2, 8);
        batch.address(batch.add(), four.localAddress());
        batch.data(0).put(text("mapped")).flip();
        inTask(() -> {
            both.sendBatch(batch);
            assertEquals(6, four.receiveBatch(batch) * batch.length(0));
            four.sendBatch(batch);
            both.receiveBatch(batch);
            assertEquals(four.localAddress(), batch.address(0));
            four.sendBatch(batch); // to itself: the mapped form of its address becomes the plain one
            four.receiveBatch(batch);
            assertEquals(four.localAddress(), batch.address(0));
            batch.address(0, six.localAddress());
            assertThrows(IllegalArgumentException.class, () -> four.sendBatch(batch));
            batch.address(0, AbstractAddress.of("x"));
            assertThrows(IllegalArgumentException.class, () -> six.sendBatch(batch));
        });
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> new DatagramBatch(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new DatagramBatch(1025, 1));
        assertThrows(IllegalArgumentException.class, () -> new DatagramBatch(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new DatagramBatch(1024, 1 << 24));
        DatagramBatch batch = new DatagramBatch(1, 8);
        assertThrows(IndexOutOfBoundsException.class, () -> batch.data(0));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.rawAddress(-1));
        assertEquals(0, batch.add());
        assertThrows(IllegalStateException.class, batch::add);
        assertNull(batch.address(0));
        assertThrows(ReadOnlyBufferException.class, () -> batch.rawAddress(0).limit(2).put(0, (byte) 1));
        DatagramEndpoint one = bound(AddressKind.IPV4);
        assertThrows(IndexOutOfBoundsException.class, () -> one.sendBatch(batch, 2));
        assertThrows(NullPointerException.class, () -> one.sendBatch(null));
        assertThrows(NullPointerException.class, () -> inTask(() -> one.receiveBatch(null)));
        Task<Integer> busy = loop.spawn(() -> one.receiveBatch(batch));
        loop.step(false);
        assertThrows(IllegalStateException.class, () -> batch.clear());
        assertThrows(IllegalStateException.class, () -> batch.address(0, null));
        inTask(() -> {
            assertThrows(IllegalStateException.class, () -> one.receiveBatch(batch));
            return one.send(text("done"), one.localAddress());
        });
        assertEquals(1, busy.join());
        batch.clear();
        assertEquals(0, batch.count());
    }
}
