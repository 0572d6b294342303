package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.support.Certificates;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Engines that wait or fail at bad moments, and peers that make them do much for nothing. */
@Timeout(60)
class TlsEnginesTest extends TlsFixture {
    private static final HookedContext.Hook NOTHING = () -> {};

    private HookedContext ofClient;
    private HookedContext ofServer;

    /** Two ends with hooks in their engines, over Unix sockets, whose room grows by nothing but reads. In a task. */
    private Ends hooked() throws Exception {
        ofClient = HookedContext.over(Tls.TLS_13.context(null));
        ofServer = HookedContext.over(Tls.TLS_13.context(Certificates.LOCAL));
        Ends ends = ends(TlsClient.builder(ofClient).build(), TlsServer.builder(ofServer).build(), StreamKind.UNIX);
        handshake(ends);
        ends.server().write(bytes("x"));
        assertReads("x", ends.client()); // and with it the tickets
        return ends;
    }

    /** A reader has to wait before it can answer an update of keys. A writer begins meanwhile, which answers for it. */
    @Test
    void aReaderThatHasWaitedLeavesTheTurnToTheWriter() throws Exception {
        byte[] content = new byte[StreamKind.MUCH / 16];
        new Random(3).nextBytes(content);
        inTask(() -> {
            try (Ends ends = hooked()) {
                CountDownLatch mayGoOn = new CountDownLatch(1);
                HookedContext.Engine engine = ofServer.engine();
                engine.wrap = () -> {
                    engine.wrap = NOTHING;
                    await(mayGoOn);
                };
                Task<Integer> writer = loop.spawn(() -> {
                    assertEquals(5, ends.server().tryWrite(bytes("first"))); // which waits in its engine
                    return ends.server().write(ByteBuffer.wrap(content)); // and this one for room
                });
                awaitState(writer, Thread.State.WAITING);
                ofClient.engine().real.beginHandshake(); // in TLS 1.3 an update of keys
                ends.client().write(bytes("y"));
                Task<Integer> reader = loop.spawn(() -> readOne(ends.server()));
                awaitState(reader, Thread.State.BLOCKED);
                mayGoOn.countDown();
                assertEquals(1, reader.join());
                assertReads("first", ends.client());
                byte[] received = new byte[content.length];
                ByteBuffer target = ByteBuffer.wrap(received);
                while (target.hasRemaining()) {
                    assertTrue(ends.client().read(target) > 0);
                }
                assertArrayEquals(content, received);
                assertEquals(content.length, writer.join());
            }
        });
    }

    private void awaitState(Task<?> task, Thread.State state) throws Exception {
        while (task.thread().getState() != state) {
            loop.sleep(Duration.ofMillis(1));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** There is no room for the alert, and the task was cancelled meanwhile. It learns of both. */
    @Test
    void aCancelIsNotLostInAFailure() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch out = new CountDownLatch(1);
        TlsServer server = TlsServer.builder(_ -> {
            inside.countDown();
            while (out.getCount() > 0) {
                Thread.onSpinWait(); // whatever interrupts it
            }
            return null;
        }).build();
        inTask(() -> {
            byte[] hello = firstFlight(Tls.TLS_13);
            StreamSocket[] pair = StreamSocket.pair(loop);
            while (pair[0].tryWrite(ByteBuffer.allocate(1 << 16)) != Descriptor.WOULD_BLOCK) {
                // until it is full
            }
            try (TlsSocket connection = server.over(pair[0])) {
                pair[1].write(ByteBuffer.wrap(hello));
                boolean[] interrupted = new boolean[1];
                Task<Void> serving = loop.spawn(() -> {
                    assertThrows(SSLHandshakeException.class, connection::handshake);
                    try {
                        loop.sleep(Duration.ofMillis(500));
                    } catch (InterruptedException e) {
                        interrupted[0] = true;
                        throw e;
                    }
                });
                Looks.until(() -> inside.getCount() == 0);
                serving.cancel();
                out.countDown();
                assertThrows(CancellationException.class, serving::join);
                assertTrue(interrupted[0]);
            } finally {
                out.countDown();
                pair[1].close();
            }
        });
    }

    /** A callback cannot wait until an alert has gone. It gets the engine's failure all the same. */
    @Test
    void aWriteThatFailsInACallback() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                HookedContext.Engine engine = ofServer.engine();
                engine.wrap = () -> {
                    engine.wrap = NOTHING;
                    engine.real.closeOutbound(); // so it has something to say
                    throw new SSLException("it fails");
                };
                CompletableFuture<Throwable> failed = new CompletableFuture<>();
                loop.callSoon(() -> {
                    try {
                        failed.complete(new AssertionError("written: " + ends.server().tryWrite(bytes("x"))));
                    } catch (IOException | RuntimeException e) {
                        failed.complete(e);
                    }
                });
                Looks.until(failed::isDone);
                SSLException failure = assertInstanceOf(SSLException.class, failed.join());
                assertTrue(failure.getMessage().contains("it fails"), failure::getMessage);
                assertEquals(-1, readOne(ends.client()), "what the engine had to say");
            }
        });
    }

    /** An exception that is none of TLS breaks the connection, too. */
    @Test
    void anEngineWithADefect() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                HookedContext.Engine engine = ofServer.engine();
                IllegalStateException defect = new IllegalStateException("a defect");
                engine.unwrap = () -> {
                    engine.unwrap = NOTHING;
                    throw defect;
                };
                ends.client().write(bytes("x"));
                SSLException failure = assertThrows(SSLException.class, () -> readOne(ends.server()));
                assertSame(defect, failure.getCause());
                assertThrows(SSLException.class, () -> readOne(ends.server()));
            }
        });
    }

    /** Whatever is thrown on the way, a close closes. */
    @Test
    void aCloseThatRunsOutOfMemory() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                OutOfMemoryError full = new OutOfMemoryError("full");
                ofServer.engine().closeOutbound = () -> {
                    throw full;
                };
                assertSame(full, assertThrows(OutOfMemoryError.class, ends.server()::close));
                assertFalse(ends.server().isOpen());
            }
        });
    }

    /** So many updates of keys, as records. */
    private ByteBuffer updates(int count) throws SSLException {
        ByteBuffer records = ByteBuffer.allocate(1 << 18);
        SSLEngine engine = ofClient.engine().real;
        for (int i = 0; i < count; i++) {
            engine.beginHandshake();
            assertTrue(engine.wrap(ByteBuffer.allocate(0), records).bytesProduced() > 0);
        }
        return records.flip();
    }

    /** Each record without a byte for the reader is an operation of the task that reads: new keys cost much time. */
    @Test
    void recordsWithoutAByteCount() throws Exception {
        loop.close();
        loop = EventLoop.builder().name("tls").ioBudget(1).open();
        inTask(() -> {
            try (Ends ends = hooked()) {
                ends.client().socket().write(updates(20));
                ends.client().write(bytes("x"));
                Task<Integer> reader = loop.spawn(() -> readOne(ends.server()));
                int turns = 0;
                while (!reader.isDone()) {
                    loop.sleep(Duration.ZERO);
                    turns++;
                }
                assertEquals(1, reader.join());
                assertTrue(turns > 20, turns + " turns of another task");
            }
        });
    }

    /** What comes behind the bytes of a read does not make that read longer. */
    @Test
    void recordsWithoutAByteBehindOthers() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                ByteBuffer both = ByteBuffer.allocate(1 << 16);
                ofClient.engine().real.wrap(bytes("x"), both);
                ends.client().socket().write(both.put(updates(20)).flip());
                int[] records = new int[1];
                ofServer.engine().unwrap = () -> records[0]++;
                assertEquals(1, ends.server().read(ByteBuffer.allocate(100)));
                assertEquals(2, records[0], "records in one read");
                ends.client().write(bytes("y"));
                assertReads("y", ends.server());
            }
        });
    }

    /** A peer sends records without a byte for the reader, and makes no pause in which others could go on. */
    @Test
    void aFloodOfRecordsWithoutAByte() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                int[] records = new int[1];
                ofServer.engine().unwrap = () -> records[0]++;
                ends.client().socket().write(updates(300));
                ends.server().awaitReadable();
                SSLException failure = assertThrows(SSLException.class,
                        () -> ends.server().tryRead(ByteBuffer.allocate(1 << 15)));
                assertTrue(failure.getMessage().contains("more than 32 records in a row without a byte"),
                        failure::getMessage);
                assertEquals(33, records[0]);
                assertThrows(SSLException.class, () -> readOne(ends.server()));
            }
        });
    }

    /** A peer asks for answers again and again, and reads none. */
    @Test
    void answersThatNobodyReads() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                SSLException failure = assertThrows(SSLException.class, () -> {
                    for (;;) {
                        ends.client().socket().write(updates(30));
                        ends.server().awaitReadable();
                        assertEquals(Descriptor.WOULD_BLOCK, ends.server().tryRead(ByteBuffer.allocate(1)));
                    }
                });
                assertTrue(failure.getMessage().contains("asks for more than 1000 answers"), failure::getMessage);
            }
        });
    }

    /** A wait that finds something at once is an operation, too: a task that only asks does not hold the loop. */
    @Test
    void aWaitThatFindsSomethingCounts() throws Exception {
        loop.close();
        loop = EventLoop.builder().name("tls").ioBudget(1).open();
        inTask(() -> {
            try (Ends ends = hooked()) {
                ends.client().write(bytes("xyz"));
                assertEquals(1, readOne(ends.server()));
                int[] waits = new int[1];
                Task<Void> waiting = loop.spawn(() -> {
                    for (; waits[0] < 50; waits[0]++) {
                        ends.server().awaitReadable();
                    }
                });
                loop.sleep(Duration.ZERO);
                assertTrue(waits[0] < 50, "the other task has not yielded");
                waiting.join();
                assertReads("yz", ends.server());
            }
        });
    }

    /** What has come as several records is read at once, as far as there is room; a failure behind it comes later. */
    @Test
    void oneReadOfSeveralRecords() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                ByteBuffer records = ByteBuffer.allocate(1 << 16);
                for (String text : List.of("one", "two", "three")) {
                    ofClient.engine().real.wrap(bytes(text), records);
                }
                records.put(new byte[] {23, 3, 3, 0, 40}).put(new byte[40]); // a record that nobody has made
                ends.client().socket().write(records.flip());
                ByteBuffer target = ByteBuffer.allocate(8);
                assertEquals(8, ends.server().read(target)); // the first part of the third record, too
                assertEquals("onetwoth", StandardCharsets.UTF_8.decode(target.flip()).toString());
                assertEquals(3, ends.server().read(target.clear()));
                assertEquals("ree", StandardCharsets.UTF_8.decode(target.flip()).toString());
                assertThrows(SSLException.class, () -> readOne(ends.server()));
                assertThrows(SSLException.class, () -> readOne(ends.client()));
            }
        });
    }

    /** A message of 16 KiB, of which an engine makes two records, goes by one system call. */
    @Test
    void oneCallForTwoRecords() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                int[] records = new int[1];
                ofClient.engine().wrap = () -> records[0]++;
                assertEquals(1 << 14, ends.client().write(ByteBuffer.allocate(1 << 14)));
                assertEquals(2, records[0]);
                ByteBuffer target = ByteBuffer.allocate(1 << 14);
                assertEquals(1 << 14, ends.server().read(target)); // one recv, as one send has brought it
            }
        });
    }

    /** A request of which a part has come is waited for, even if the loop drains. */
    @Test
    void aRequestThatHasBegun() throws Exception {
        inTask(() -> {
            try (Ends ends = hooked()) {
                ByteBuffer record = ByteBuffer.allocate(1 << 15);
                ofClient.engine().real.wrap(bytes("request"), record);
                ByteBuffer half = record.flip().slice(0, 10);
                ends.client().socket().write(half);
                Task<Boolean> waiting = loop.spawn(() -> ends.server().awaitRequest());
                loop.sleep(Duration.ofMillis(1));
                Shutdown.of(loop).start();
                while (!loop.isDraining()) {
                    loop.sleep(Duration.ofMillis(1));
                }
                loop.sleep(Duration.ofMillis(1));
                ends.client().socket().write(record.position(10));
                assertTrue(waiting.join());
                assertReads("request", ends.server());
                assertFalse(ends.server().awaitRequest());
            }
        });
    }

    /** A handler comes right after a write that did not go as a whole. Its own write sends the rest. */
    @Test
    void aHandlerSendsTheRest() throws Exception {
        try (LogCapture log = new LogCapture()) {
            inTask(() -> {
                try (Ends ends = hooked()) {
                    ByteBuffer source = ByteBuffer.allocate(StreamKind.MUCH / 8);
                    assertThrows(SocketTimeoutException.class,
                            () -> ends.server().write(source, Duration.ofMillis(1)));
                    ends.server().socket().descriptor().handle(new ReadinessHandler() {
                        @Override
                        public void readable(Descriptor descriptor) {
                            throw new AssertionError("it is not asked for");
                        }

                        @Override
                        public void writable(Descriptor descriptor) throws IOException {
                            ends.server().tryWrite(bytes(""));
                        }
                    }, false, true);
                    int expected = source.position();
                    for (int all = 0; all < expected;) {
                        all += ends.client().read(ByteBuffer.allocate(1 << 16));
                    }
                }
            });
            assertEquals(List.of(), log.messages());
        }
    }
}
