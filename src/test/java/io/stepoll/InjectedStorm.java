package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.FaultEcho.Style;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All faults that nobody is to notice, at random from a printed seed, in every call of both ends and of their loop. */
@Timeout(60)
class InjectedStorm extends FaultFixture {
    private static final int PER_MILLE = 150;
    private static final int TOTAL = 8 << 20;
    private static final int LARGEST_PIECE = 100_000;
    private static final int CONNECTIONS = 4;
    private static final int DATAGRAMS = 5000;
    private static final int BATCH = 8;

    private static String address(String kind) {
        return kind.equals("tcp") ? "tcp:127.0.0.1:0" : "unix:@stepoll-storm-" + UUID.randomUUID();
    }

    static List<Arguments> streams() {
        List<Arguments> all = new ArrayList<>();
        for (String kind : List.of("tcp", "unix")) {
            for (Style style : Style.values()) {
                all.add(Arguments.of(kind, style));
            }
        }
        return all;
    }

    /** Several connections, to a server that listens in the same style. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("streams")
    void echo(String kind, Style style) throws Exception {
        SplittableRandom random = Seeds.random("InjectedStorm");
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        Listener listener = Listener.bind(loop, Addresses.parse(address(kind)));
        Fault.storm(random.nextLong(), PER_MILLE);
        listen(listener, style);
        List<Task<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            SplittableRandom own = random.split();
            clients.add(loop.spawn(() -> client(listener, content, own, TOTAL / CONNECTIONS)));
        }
        loop.runUntilDone();
        for (Task<Void> client : clients) {
            client.join();
        }
        assertTrue(Fault.stormed() > 100, Fault.stormed() + " faults");
    }

    private void listen(Listener listener, Style style) throws Exception {
        int[] accepted = new int[1];
        if (style != Style.CALLBACK) {
            loop.spawn(() -> {
                for (; accepted[0] < CONNECTIONS; accepted[0]++) {
                    serve(listener.accept(), style);
                }
                listener.close();
                return null;
            });
            return;
        }
        listener.descriptor().handle(descriptor -> {
            StreamSocket socket = listener.acceptNow();
            if (socket != null) {
                serve(socket, style);
                if (++accepted[0] == CONNECTIONS) {
                    listener.close();
                }
            }
        }, true, false);
    }

    private void serve(StreamSocket socket, Style style) throws IOException {
        FaultEcho.start(loop, new FaultWire.End(socket.descriptor(), socket.descriptor()), style);
    }

    private Void client(Listener listener, byte[] content, SplittableRandom random, int total) throws Exception {
        StreamSocket socket = StreamSocket.connect(loop, listener.localAddress());
        Task<Long> sending = loop.spawn(() -> send(socket, content, random, total));
        CRC32C crc = new CRC32C();
        ByteBuffer[] buffers = {ByteBuffer.allocate(LARGEST_PIECE), ByteBuffer.allocateDirect(LARGEST_PIECE)};
        int count = 0;
        for (int i = 0;; i++) {
            ByteBuffer buffer = buffers[i % buffers.length].clear();
            int received = socket.read(buffer);
            if (received < 0) {
                break;
            }
            crc.update(buffer.flip());
            count += received;
        }
        socket.close();
        assertEquals(total, count);
        assertEquals(sending.join(), crc.getValue());
        return null;
    }

    private static long send(StreamSocket socket, byte[] content, SplittableRandom random, int total) throws Exception {
        CRC32C crc = new CRC32C();
        for (int count = 0; count < total;) {
            int size = Math.min(1 + random.nextInt(1 + random.nextInt(LARGEST_PIECE)), total - count);
            int from = random.nextInt(content.length - size);
            assertEquals(size, socket.write(ByteBuffer.wrap(content, from, size)));
            crc.update(content, from, size);
            count += size;
        }
        socket.shutdownOutput();
        return crc.getValue();
    }

    /** In batches there and back, with a window of a batch. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void datagrams(String kind) throws Exception {
        SplittableRandom random = Seeds.random("InjectedStorm");
        DatagramEndpoint server = DatagramEndpoint.bind(loop, Addresses.parse(address(kind)));
        DatagramEndpoint client = DatagramEndpoint.bind(loop, Addresses.parse(address(kind)));
        Fault.storm(random.nextLong(), PER_MILLE);
        Task<Void> echo = loop.spawn(() -> {
            DatagramBatch batch = new DatagramBatch(BATCH, Integer.BYTES);
            for (int echoed = 0; echoed < DATAGRAMS; echoed += batch.count()) {
                server.receiveBatch(batch);
                server.sendBatch(batch);
            }
            return null;
        });
        inTask(() -> {
            exchange(client, server);
            return null;
        });
        echo.join();
        assertTrue(Fault.stormed() > 100, Fault.stormed() + " faults");
    }

    private static void exchange(DatagramEndpoint client, DatagramEndpoint server) throws Exception {
        DatagramBatch there = new DatagramBatch(BATCH, Integer.BYTES);
        DatagramBatch back = new DatagramBatch(BATCH, Integer.BYTES);
        int next = 0;
        for (int sent = 0; sent < DATAGRAMS;) {
            there.clear();
            for (int i = 0; i < BATCH; i++) {
                int index = there.add();
                there.data(index).putInt(sent++).flip();
                there.address(index, server.localAddress());
            }
            client.sendBatch(there);
            while (next < sent) {
                client.receiveBatch(back);
                for (int i = 0; i < back.count(); i++) {
                    assertEquals(next++, back.data(i).getInt());
                }
            }
        }
    }
}
