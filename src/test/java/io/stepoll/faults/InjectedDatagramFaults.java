package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults in the calls for datagrams, in an echo server only. Its client gets back each datagram once and in order. The
 * client has a window of a few datagrams: fewer than any socket's queue takes.
 */
@Timeout(20)
class InjectedDatagramFaults extends FaultFixture {
    private static final int TOTAL = 300;
    private static final int WINDOW = 10;
    private static final int LENGTH = 50;

    /** What carries the datagrams. */
    enum Kind {
        UDP, UNIX;

        DatagramEndpoint bind(EventLoop loop) throws IOException {
            return DatagramEndpoint.bind(loop, (this == UDP ? StreamKind.TCP : StreamKind.UNIX).fresh());
        }
    }

    /**
     * How the server receives and sends: one datagram at a time, or by a connected socket, or in batches; by callbacks,
     * or by callbacks in batches.
     */
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
                        server.sendBatch(batch, from[0]);
                    } finally {
                        from[0] = batch.sent(); // also after a failure
                    }
                });
            }
        }
    }

    private interface Operation {
        void run() throws IOException;
    }

    /** Tries again after each failure of a system call, and collects these failures. */
    private void untilDone(Operation operation) {
        for (;;) {
            try {
                operation.run();
                return;
            } catch (IOException failure) {
                if (!(failure instanceof SystemCallFailure)) {
                    return; // the server is closed
                }
                failures.add(failure);
            }
        }
    }

    /** Serves by callbacks. Datagrams that cannot be sent yet wait in a queue. */
    private final class Echo implements ReadinessHandler {
        private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            ByteBuffer datagram = ByteBuffer.allocate(LENGTH);
            if (descriptor.tryRead(datagram) > 0) {
                waiting.add(datagram.flip());
                descriptor.handle(this, true, true);
            }
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            while (!waiting.isEmpty() && descriptor.tryWrite(waiting.peekFirst()) > 0) {
                waiting.removeFirst();
            }
            descriptor.handle(this, true, !waiting.isEmpty());
        }

        @Override
        public void failed(Descriptor descriptor, IOException failure) {
            failures.add(failure);
        }
    }

    /** Serves by callbacks, in batches. The next batch is received when the whole last one is sent. */
    private final class BatchEcho implements ReadinessHandler {
        private final DatagramBatch batch = new DatagramBatch(WINDOW, LENGTH);
        private int sent;

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            sent = 0;
            if (server.tryReceiveBatch(batch) > 0) {
                descriptor.handle(this, false, true);
                writable(descriptor);
            }
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            try {
                server.trySendBatch(batch, sent);
            } finally {
                sent = batch.sent(); // also after a failure
            }
            if (sent == batch.count()) {
                descriptor.handle(this, true, false);
            }
        }

        @Override
        public void failed(Descriptor descriptor, IOException failure) {
            failures.add(failure);
        }
    }

    /** Sends and receives all datagrams. Each begins with its number, which decides its length. */
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

    /** Every second call gets the fault, to the end. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("unnoticed")
    void nothingIsLostOrDoubled(Kind kind, Style style, String call, Fault fault) throws Exception {
        start(kind, style);
        int fd = server.descriptor().fd();
        Fault.Rule receives = Fault.count(style.receives, fd);
        Fault.Rule sends = Fault.count(style.sends, fd);
        Fault.Rule rule = fault.on(call, fd, 2, 1, 2, Integer.MAX_VALUE);
        inTask(this::exchange);
        assertEquals(List.of(), failures);
        assertTrue(rule.hits() >= 5, rule.hits() + " faults");
        // Without faults: at most one receive and one send for each datagram, one futile call after each event.
        int calls = receives.calls() + sends.calls();
        assertTrue(calls <= 4 * TOTAL + rule.hits(), calls + " calls, " + rule.hits() + " faults");
    }

    /** The caller gets the failure, and can try again. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @MethodSource("noticed")
    void aFailureNamesCallErrnoAndAddress(Kind kind, Style style, String call, Fault fault) throws Exception {
        start(kind, style);
        // The failure names the peer; where a receiver is not connected, the receiver's own address.
        boolean fromAnybody = call.equals(style.receives)
                && style != Style.CONNECTED && style != Style.CALLBACK;
        String address = Addresses.format((fromAnybody ? server : client).localAddress()).replace("tcp:", "udp:");
        Fault.Rule rule = fault.on(call, server.descriptor().fd(), 2, 3, 4);
        inTask(this::exchange);
        assertEquals(4, rule.hits());
        assertEquals(4, failures.size());
        for (IOException failure : failures) {
            assertTrue(assertFailure(call, fault, failure).failedCall().address().contains(address),
                    failure::getMessage);
        }
    }
}
