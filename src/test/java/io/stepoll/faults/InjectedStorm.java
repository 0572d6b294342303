package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Task;
import io.stepoll.faults.FaultEcho.Style;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Pieces;
import io.stepoll.support.Seeds;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** All faults that no caller may notice, at random, in every call of both ends and of their loop. */
@Timeout(60)
class InjectedStorm extends FaultFixture {
    private static final int PER_MILLE = 150;
    private static final int PER_CLIENT = 2 << 20;
    private static final int CONNECTIONS = 4;
    private static final int DATAGRAMS = 5000;
    private static final int BATCH = 8;

    static List<Arguments> streams() {
        List<Arguments> all = new ArrayList<>();
        for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
            for (Style style : Style.values()) {
                all.add(Arguments.of(kind, style));
            }
        }
        return all;
    }

    /** Several connections to an echo server, which accepts in the style in which it reads and writes. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("streams")
    void echo(StreamKind kind, Style style) throws Exception {
        SplittableRandom random = Seeds.random("InjectedStorm");
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        Listener listener = Listener.bind(loop, kind.fresh());
        Fault.storm(random.nextLong(), PER_MILLE);
        listen(listener, style);
        List<Task<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            SplittableRandom own = random.split();
            clients.add(loop.spawn(() -> client(listener, content, own)));
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
            });
            return;
        }
        listener.descriptor().handle(descriptor -> {
            StreamSocket socket = listener.tryAccept();
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

    private void client(Listener listener, byte[] content, SplittableRandom random) throws Exception {
        StreamSocket socket = StreamSocket.connect(loop, listener.localAddress());
        SplittableRandom forSender = random.split();
        Task<Pieces.Sum> sending = loop.spawn(() -> new Pieces(forSender).sendAll(socket, content, PER_CLIENT));
        Pieces received = new Pieces(random);
        for (int count = socket.read(received.room()); count >= 0; count = socket.read(received.room())) {
            received.add(count);
        }
        socket.close();
        assertEquals(PER_CLIENT, received.count());
        assertEquals(sending.join(), received.sum());
    }

    /** Batches of datagrams there and back; the window is one batch. */
    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void datagrams(StreamKind kind) throws Exception {
        SplittableRandom random = Seeds.random("InjectedStorm");
        DatagramEndpoint server = DatagramEndpoint.bind(loop, kind.fresh());
        DatagramEndpoint client = DatagramEndpoint.bind(loop, kind.fresh());
        Fault.storm(random.nextLong(), PER_MILLE);
        Task<Void> echo = loop.spawn(() -> {
            DatagramBatch batch = new DatagramBatch(BATCH, Integer.BYTES);
            for (int echoed = 0; echoed < DATAGRAMS; echoed += batch.count()) {
                server.receiveBatch(batch);
                server.sendBatch(batch);
            }
        });
        inTask(() -> exchange(client, server));
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
