package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Certificates;
import io.stepoll.support.Looks;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deadlines, cancels and closes in each wait. After a deadline or a cancel the connection is usable. */
@Timeout(60)
class TlsWaitsTest extends TlsFixture {
    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration LONG = Duration.ofSeconds(30);

    /** Ends a wait of a task by a cancel, once the task waits. In a task. */
    private void cancelled(TaskBody waits) throws Exception {
        boolean[] begun = new boolean[1];
        Task<Void> task = loop.spawn(() -> {
            begun[0] = true;
            waits.run();
        });
        while (!begun[0]) {
            loop.sleep(Duration.ZERO);
        }
        loop.sleep(SOON);
        cancel(task);
    }

    /** Writes until there is no room for the next byte. In a task. */
    private static void fill(TlsSocket socket) {
        SocketTimeoutException full;
        do {
            full = assertThrows(SocketTimeoutException.class, () -> {
                while (true) {
                    socket.write(ByteBuffer.allocate(1 << 16), SOON);
                }
            });
        } while (full.bytesTransferred > 0);
    }

    private static void cancel(Task<?> task) {
        task.cancel();
        Throwable cause = assertThrows(CancellationException.class, task::join).getCause();
        assertInstanceOf(InterruptedIOException.class, cause);
    }

    private void pastTheDeadline(TaskBody waits) {
        DeadlineExceededException late = assertThrows(DeadlineExceededException.class, () -> loop.within(SOON, waits));
        assertInstanceOf(InterruptedIOException.class, late.getCause());
    }

    @ParameterizedTest
    @EnumSource
    void inARead(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                pastTheDeadline(() -> readOne(ends.server()));
                assertThrows(SocketTimeoutException.class,
                        () -> ends.server().read(ByteBuffer.allocate(1), Duration.ofMillis(1)));
                cancelled(() -> readOne(ends.server()));
                cancelled(() -> ends.server().awaitRequest());
                pastTheDeadline(() -> ends.server().awaitRequest());
                ends.client().write(bytes("on"));
                assertReads("on", ends.server());
            }
        });
    }

    /** The peer has got the begin of a record when the read ends; its rest comes later. */
    @ParameterizedTest
    @EnumSource
    void inTheMiddleOfARecord(Tls tls) throws Exception {
        StreamSocket[][] relay = new StreamSocket[1][];
        inTask(() -> {
            try (Ends ends = relayed(tls, relay)) {
                ends.client().write(bytes("a record in two parts"));
                ByteBuffer record = ByteBuffer.allocate(1 << 14);
                relay[0][0].read(record);
                record.flip();
                ByteBuffer half = record.slice(0, record.remaining() / 2);
                relay[0][1].write(half);
                pastTheDeadline(() -> readOne(ends.server()));
                cancelled(() -> readOne(ends.server()));
                relay[0][1].write(record.position(record.remaining() / 2));
                assertReads("a record in two parts", ends.server());
                relay[0][0].close();
                relay[0][1].close();
            }
        });
    }

    /** Two ends whose handshake has gone by two sockets between them, which the test has from then on. */
    private Ends relayed(Tls tls, StreamSocket[][] relay) throws Exception {
        StreamSocket[] near = StreamSocket.pair(loop);
        StreamSocket[] far = StreamSocket.pair(loop);
        Ends ends = new Ends(tls.client().build().over(near[0], "localhost"), tls.server().build().over(far[0]));
        Task<Void> there = loop.spawn(() -> pass(near[1], far[1]));
        Task<Void> back = loop.spawn(() -> pass(far[1], near[1]));
        handshake(ends);
        ends.server().write(bytes("done"));
        assertReads("done", ends.client()); // and with it all that belongs to the handshake
        cancel(there);
        cancel(back);
        relay[0] = new StreamSocket[] {near[1], far[1]};
        return ends;
    }

    private static void pass(StreamSocket from, StreamSocket to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
        while (from.read(buffer.clear()) >= 0) {
            to.write(buffer.flip());
        }
    }

    /** What a write had made into records goes later, even if the writer then only reads. */
    @ParameterizedTest
    @EnumSource
    void inAWrite(Tls tls) throws Exception {
        byte[] content = new byte[StreamKind.MUCH / 2];
        new Random(2).nextBytes(content);
        inTask(() -> {
            try (Ends ends = connectedByUnixSocket(tls)) {
                ByteBuffer source = ByteBuffer.wrap(content);
                InterruptedIOException late = (InterruptedIOException) assertThrows(DeadlineExceededException.class,
                        () -> loop.within(SOON, () -> ends.client().write(source))).getCause();
                assertTrue(source.position() > 0 && source.hasRemaining());
                assertEquals(source.position(), late.bytesTransferred);
                int before = source.position();
                SocketTimeoutException timeout = assertThrows(SocketTimeoutException.class,
                        () -> ends.client().write(source, Duration.ofMillis(1)));
                assertEquals(source.position() - before, timeout.bytesTransferred);
                Task<Integer> waiting = loop.spawn(() -> readOne(ends.client()));
                byte[] received = new byte[source.position()];
                ByteBuffer target = ByteBuffer.wrap(received);
                while (target.hasRemaining()) {
                    assertTrue(ends.server().read(target) > 0);
                }
                assertArrayEquals(java.util.Arrays.copyOf(content, received.length), received);
                ends.server().write(bytes("x"));
                assertEquals(1, waiting.join());
                ends.client().write(bytes("and on"));
                assertReads("and on", ends.server());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void cancelsOfWrites(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connectedByUnixSocket(tls)) {
                cancelled(() -> ends.client().write(ByteBuffer.allocate(StreamKind.MUCH)));
                fill(ends.client());
                cancelled(() -> ends.client().write(bytes("waits for its turn")));
                cancelled(() -> ends.client().shutdownOutput());
            }
        });
    }

    /** The end waits, for room and then for the peer's end. */
    @ParameterizedTest
    @EnumSource
    void inAClose(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connectedByUnixSocket(tls)) {
                cancelled(() -> ends.client().close(LONG));
                assertEquals(-1, readOne(ends.server()), "the close_notify went");
            }
            try (Ends ends = connectedByUnixSocket(tls)) {
                pastTheDeadline(() -> ends.client().close(LONG));
            }
            try (Ends ends = connectedByUnixSocket(tls)) {
                fill(ends.client());
                pastTheDeadline(() -> ends.client().shutdownOutput());
                assertTrue(ends.client().isOpen());
                Task<Integer> ending = loop.spawn(() -> {
                    ends.client().shutdownOutput();
                    return 0;
                });
                ByteBuffer target = ByteBuffer.allocate(1 << 16);
                int count = 0;
                while (count >= 0) {
                    count = ends.server().read(target.clear());
                }
                assertEquals(0, ending.join());
            }
        });
    }

    /** A deadline in each wait of the handshake, and a cancel; then the handshake goes on to its end. */
    @ParameterizedTest
    @EnumSource
    void inAHandshake(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP)) {
                pastTheDeadline(() -> ends.client().handshake()); // for the server's flight
                assertThrows(SocketTimeoutException.class, () -> ends.client().handshake(Duration.ofMillis(1)));
                cancelled(() -> readOne(ends.client()));
                pastTheDeadline(() -> ends.server().handshake()); // for the client's second one
                cancelled(() -> ends.server().write(bytes("not yet")));
                handshake(ends);
                ends.client().write(bytes("done"));
                assertReads("done", ends.server());
            }
        });
    }

    /** The cancel comes before the step of the handshake has begun, or while it runs: nothing of it is lost. */
    @ParameterizedTest
    @EnumSource
    void inAStepOfTheHandshake(Tls tls) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        CountDownLatch out = new CountDownLatch(1);
        try (var threads = Executors.newSingleThreadExecutor()) {
            Executor slow = step -> threads.execute(() -> {
                begun.countDown();
                awaitIgnoringInterrupts(mayGoOn);
                step.run();
            });
            Executor slowInside = step -> threads.execute(step);
            try {
                inTask(() -> {
                    TlsServer queued = tls.server().executor(slow).build();
                    try (Ends ends = ends(tls.client().build(), queued, StreamKind.TCP)) {
                        Task<Void> client = loop.spawn(() -> ends.client().handshake());
                        Task<Void> server = loop.spawn(() -> ends.server().handshake());
                        Looks.until(() -> begun.getCount() == 0);
                        cancel(server);
                        mayGoOn.countDown();
                        ends.server().handshake();
                        client.join();
                        ends.client().write(bytes("done"));
                        assertReads("done", ends.server());
                    }
                    CountDownLatch inside = new CountDownLatch(1);
                    TlsServer running = TlsServer.builder(_ -> {
                        inside.countDown();
                        awaitIgnoringInterrupts(out);
                        return tls.context(Certificates.LOCAL);
                    }).protocols(tls.version).executor(slowInside).build();
                    try (Ends ends = ends(tls.client().build(), running, StreamKind.TCP)) {
                        Task<Void> client = loop.spawn(() -> ends.client().handshake());
                        Task<Void> server = loop.spawn(() -> ends.server().handshake());
                        Looks.until(() -> inside.getCount() == 0);
                        server.cancel();
                        loop.sleep(SOON);
                        out.countDown();
                        assertInstanceOf(InterruptedIOException.class,
                                assertThrows(CancellationException.class, server::join).getCause());
                        ends.server().handshake();
                        client.join();
                    }
                });
            } finally {
                mayGoOn.countDown();
                out.countDown();
            }
        }
    }

    private static void awaitIgnoringInterrupts(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A close ends all waits, also while a step of a handshake runs. */
    @ParameterizedTest
    @EnumSource
    void closedMeanwhile(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                Task<Integer> reading = loop.spawn(() -> readOne(ends.client()));
                Task<Integer> writing = loop.spawn(() -> ends.client().write(ByteBuffer.allocate(StreamKind.MUCH)));
                loop.sleep(SOON);
                ends.client().close();
                assertClosed(reading);
                assertClosed(writing);
            }
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch out = new CountDownLatch(1);
            TlsServer server = TlsServer.builder(_ -> {
                inside.countDown();
                out.await();
                return tls.context(Certificates.LOCAL);
            }).protocols(tls.version).build();
            try (Ends ends = ends(tls.client().build(), server, StreamKind.TCP)) {
                Task<Void> client = loop.spawn(() -> ends.client().handshake());
                Task<Void> handshake = loop.spawn(() -> ends.server().handshake());
                Looks.until(() -> inside.getCount() == 0);
                ends.server().close();
                out.countDown();
                for (Task<?> task : List.of(handshake, client)) {
                    assertInstanceOf(IOException.class, assertThrows(ExecutionException.class, task::join).getCause());
                }
            }
        });
    }

    private static void assertClosed(Task<?> task) {
        assertInstanceOf(ClosedChannelException.class,
                assertThrows(ExecutionException.class, task::join).getCause());
    }
}
