package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults in the calls for datagrams. An echo server suffers them; its client does not, has a window of a few datagrams,
 * which is less than any queue, and gets back each one once and in order.
 */
@Timeout(20)
class InjectedDatagramFaults extends FaultFixture {
    private static final int TOTAL = 300;
    private static final int WINDOW = 10;
    private static final int LENGTH = 50;

    /** What carries them. */
    enum Kind {
        UDP, UNIX;

        DatagramEndpoint bind(EventLoop loop) throws IOException {
            return DatagramEndpoint.bind(loop, Addresses.parse(this == UDP ? "tcp:127.0.0.1:0"
                    : "unix:@stepoll-faults-" + UUID.randomUUID()));
        }
    }

    /** How the server receives and sends: one at a time, to one peer, in batches; in callbacks, also in batches. */
    enum Style {
        SINGLE("recvfrom", "sendto"), CONNECTED("recvfrom", "sendto"), BATCH("recvmmsg", "sendmmsg"),
        CALLBACK("recv", "send"), CALLBACK_BATCH("recvmmsg", "sendmmsg");

        private final String receives;
        private final String sends;

        Style(String receives, String sends) {
            this.receives = receives;
            this.sends = sends;
        }
    }

    private final List<IOException> failures = new ArrayList<>();
    private DatagramEndpoint server;
    private DatagramEndpoint client;

    private static List<Arguments> cases(Fault... faults) {
        List<Arguments> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (Style style : Style.values()) {
                for (Fault fault : faults) {
                    if (fault != Fault.SHORT || style.receives.equals("recvmmsg")) {
                        all.add(Arguments.of(kind, style, style.receives, fault));
                        all.add(Arguments.of(kind, style, style.sends, fault));
                    }
                }
            }
        }
        return all;
    }

    static List<Arguments> unnoticed() {
        return cases(Fault.EINTR, Fault.EAGAIN, Fault.SHORT);
    }

    static List<Arguments> noticed() {
        return cases(Fault.ENOMEM, Fault.ENOBUFS);
    }

    private void start(Kind kind, Style style) throws Exception {
        server = kind.bind(loop);
        client = kind.bind(loop).connect(server.localAddress());
        if (style == Style.CONNECTED || style == Style.CALLBACK) {
            server.connect(client.localAddress());
        }
        if (style == Style.CALLBACK) {
            server.descriptor().handle(new Echo(), true, false);
        } else if (style == Style.CALLBACK_BATCH) {
            server.descriptor().handle(new BatchEcho(), true, false);
        } else if (style == Style.BATCH) {
            loop.spawn(() -> serveBatches(new DatagramBatch(WINDOW, LENGTH)));
        } else {
            loop.spawn(() -> serve(style, ByteBuffer.allocate(LENGTH)));
        }
    }

    private void serve(Style style, ByteBuffer datagram) {
        boolean connected = style == Style.CONNECTED;
        SocketAddress[] from = new SocketAddress[1];
        while (server.isOpen()) {
            untilDone(() -> {
                datagram.clear();
                if (connected) {
                    server.read(datagram);
                } else {
                    from[0] = server.receive(datagram);
                }
            });
            datagram.flip();
            if (server.isOpen()) {
                untilDone(() -> {
                    if (connected) {
                        server.write(datagram);
                    } else {
                        server.send(datagram, from[0]);
                    }
                });
            }
        }
    }

    private void serveBatches(DatagramBatch batch) {
        int[] from = new int[1];
        while (server.isOpen()) {
            untilDone(() -> server.receiveBatch(batch));
            from[0] = 0;
            if (server.isOpen()) {
                untilDone(() -> {
                    try {
                        server.sendBatch(batch, from[0], null);
                    } finally {
                        from[0] = batch.sent(); // those before have gone
                    }
                });
            }
        }
    }

    private interface Part {
        void run() throws IOException;
    }

    /** Keeps what a system call fails by, and tries again. */
    private void untilDone(Part part) {
        for (;;) {
            try {
                part.run();
                return;
            } catch (IOException failure) {
                if (!(failure instanceof SystemCallFailure)) {
                    return; // closed
                }
                failures.add(failure);
            }
        }
    }

    /** In callbacks: what cannot go yet waits. */
    private final class Echo implements ReadinessHandler {
        private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            ByteBuffer datagram = ByteBuffer.allocate(LENGTH);
            if (descriptor.recvNow(datagram) > 0) {
                waiting.add(datagram.flip());
                descriptor.handle(this, true, true);
            }
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            while (!waiting.isEmpty() && descriptor.sendNow(waiting.peekFirst()) > 0) {
                waiting.removeFirst();
            }
            descriptor.handle(this, true, !waiting.isEmpty());
        }

        @Override
        public void failed(Descriptor descriptor, IOException failure) {
            failures.add(failure);
        }
    }

    /** In callbacks, a batch at a time: the next is received when all of it has gone. */
    private final class BatchEcho implements ReadinessHandler {
        private final DatagramBatch batch = new DatagramBatch(WINDOW, LENGTH);
        private int gone;

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            gone = 0;
            if (server.receiveBatchNow(batch) > 0) {
                descriptor.handle(this, false, true);
                writable(descriptor);
            }
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            try {
                server.sendBatchNow(batch, gone);
            } finally {
                gone = batch.sent(); // also where a failure names the next
            }
            if (gone == batch.count()) {
                descriptor.handle(this, true, false);
            }
        }

        @Override
        public void failed(Descriptor descriptor, IOException failure) {
            failures.add(failure);
        }
    }

    /** Sends and receives all; each has its number and as many bytes as that says. */
    private void exchange() throws IOException {
        ByteBuffer datagram = ByteBuffer.allocateDirect(LENGTH);
        int sent = 0;
        for (int received = 0; received < TOTAL; received++) {
            for (; sent < TOTAL && sent < received + WINDOW; sent++) {
                client.write(datagram.clear().putInt(sent).limit(length(sent)).position(0));
            }
            client.read(datagram.clear());
            assertEquals(received, datagram.getInt(0));
            assertEquals(length(received), datagram.position());
        }
        server.close();
        client.close();
    }

    private static int length(int number) {
        return Integer.BYTES + number % (LENGTH - Integer.BYTES);
    }

    /** Each second call is spoiled, for as long as it takes. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("unnoticed")
    void nothingIsLostOrDoubled(Kind kind, Style style, String call, Fault fault) throws Exception {
        start(kind, style);
        int fd = server.descriptor().fd();
        Fault.Rule receives = Fault.count(style.receives, fd);
        Fault.Rule sends = Fault.count(style.sends, fd);
        Fault.Rule spoiled = fault.on(call, fd, 2, 1, 2, Integer.MAX_VALUE);
        inTask(() -> {
            exchange();
            return null;
        });
        assertEquals(List.of(), failures);
        assertTrue(spoiled.given() >= 5, spoiled.given() + " faults");
        // Not spoiled are: one for each datagram at the most, and one that finds nothing after each event.
        int mine = receives.seen() + sends.seen();
        assertTrue(mine <= 4 * TOTAL + spoiled.given(), mine + " calls, " + spoiled.given() + " spoiled");
    }

    /** Whoever called is told, and can do it again. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("noticed")
    void theFailureIsNamed(Kind kind, Style style, String call, Fault fault) throws Exception {
        start(kind, style);
        // Where it was to go, or comes from; of a receiver that is not connected, where it receives.
        boolean fromAnybody = call.equals(style.receives)
                && style != Style.CONNECTED && style != Style.CALLBACK;
        String address = Addresses.format((fromAnybody ? server : client).localAddress()).replace("tcp:", "udp:");
        Fault.Rule spoiled = fault.on(call, server.descriptor().fd(), 2, 3, 4);
        inTask(() -> {
            exchange();
            return null;
        });
        assertEquals(4, spoiled.given());
        assertEquals(4, failures.size());
        for (IOException failure : failures) {
            SystemCallFailure.FailedCall failed = assertInstanceOf(SystemCallFailure.class, failure).failedCall();
            assertEquals(call, failed.call());
            assertEquals(fault.errno(), failed.errno());
            assertEquals(fault.name(), failed.errnoName());
            assertTrue(failed.address().contains(address) && failure.getMessage().contains(failed.address()),
                    failure::getMessage);
        }
    }
}
