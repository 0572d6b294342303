package io.stepoll.net;

import static io.stepoll.net.JavaSocketKit.LOOPBACK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ConnectionResetException;
import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.net.JavaSocketKit.Pair;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.RunningLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sockets of {@code java.net} on the loop: who waits where, and what moves, ends or closes a wait. */
@Timeout(60)
class JavaSocketsOnLoopsTest {
    private static final JavaSocketKit OURS = JavaSocketKit.OURS;

    /** Who calls. */
    private enum Caller {
        TASK {
            @Override
            <T> CompletableFuture<T> start(EventLoop loop, Callable<T> body) {
                return loop.spawn(body).toCompletableFuture();
            }
        },
        THREAD_OF_A_TASK {
            @Override
            <T> CompletableFuture<T> start(EventLoop loop, Callable<T> body) {
                CompletableFuture<T> result = new CompletableFuture<>();
                loop.callSoon(() -> Thread.startVirtualThread(() -> complete(result, body)));
                return result;
            }
        },
        CALLBACK {
            @Override
            <T> CompletableFuture<T> start(EventLoop loop, Callable<T> body) {
                CompletableFuture<T> result = new CompletableFuture<>();
                loop.callSoon(() -> complete(result, body));
                return result;
            }
        },
        PLATFORM_THREAD {
            @Override
            <T> CompletableFuture<T> start(EventLoop loop, Callable<T> body) {
                return by(Thread.ofPlatform(), body);
            }
        },
        VIRTUAL_THREAD {
            @Override
            <T> CompletableFuture<T> start(EventLoop loop, Callable<T> body) {
                return by(Thread.ofVirtual(), body);
            }
        };

        abstract <T> CompletableFuture<T> start(EventLoop loop, Callable<T> body);

        private static <T> CompletableFuture<T> by(Thread.Builder builder, Callable<T> body) {
            CompletableFuture<T> result = new CompletableFuture<>();
            builder.start(() -> complete(result, body));
            return result;
        }

        private static <T> void complete(CompletableFuture<T> result, Callable<T> body) {
            try {
                result.complete(body.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    /** What may wait. */
    private enum Wait {
        READ {
            @Override
            Object call(Pair pair, ServerSocket server) throws IOException {
                return pair.in.read();
            }
        },
        TIMED_READ {
            @Override
            Object call(Pair pair, ServerSocket server) throws IOException {
                pair.client.setSoTimeout(50_000);
                return pair.in.read();
            }
        },
        WRITE {
            @Override
            Object call(Pair pair, ServerSocket server) throws IOException {
                pair.fill();
                return null;
            }
        },
        ACCEPT {
            @Override
            Object call(Pair pair, ServerSocket server) throws IOException {
                return server.accept();
            }

            @Override
            void close(Pair pair, ServerSocket server) throws IOException {
                server.close();
            }
        };

        abstract Object call(Pair pair, ServerSocket server) throws IOException;

        void close(Pair pair, ServerSocket server) throws IOException {
            pair.client.close();
        }
    }

    static Stream<Arguments> closes() {
        return Stream.of(Wait.values()).flatMap(wait -> Stream.of(Caller.values())
                .filter(waiter -> waiter != Caller.CALLBACK)
                .flatMap(waiter -> Stream.of(Caller.values()).map(closer -> Arguments.of(wait, waiter, closer))));
    }

    /** The wait ends at once, with the JDK's exception, and the descriptors are free soon. */
    @ParameterizedTest
    @MethodSource
    void closes(Wait wait, Caller waiter, Caller closer) throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        try (LoopGroup group = LoopGroup.open(2)) {
            DescriptorLeaks.Snapshot opened = DescriptorLeaks.open();
            try (Pair pair = OURS.pair(); ServerSocket server = OURS.listening()) {
                boolean[] begun = new boolean[1];
                CompletableFuture<Object> waiting = waiter.start(group.loop(0), () -> {
                    begun[0] = true;
                    return JavaSocketCase.untilClosed(() -> wait.call(pair, server));
                });
                Looks.until(() -> begun[0]);
                Thread.sleep(2); // so that it waits most of the time; the outcome is the same if it does not yet
                closer.start(group.loop(closer == Caller.TASK ? 1 : 0), () -> {
                    wait.close(pair, server);
                    return null;
                }).get();
                Throwable ended = assertThrows(ExecutionException.class, waiting::get).getCause();
                assertEquals("java.net.SocketException: Socket closed", ended.toString());
            }
            assertEquals(List.of(), DescriptorLeaks.leftSince(opened));
        }
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    /** How many descriptors the epoll of a loop has. */
    private static long registered(EventLoop loop) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + loop.fd()))) {
            return lines.filter(line -> line.startsWith("tfd:")).count();
        }
    }

    private static int readLater(Pair pair) throws Exception {
        JavaSocketKit.later(() -> pair.peer.getOutputStream().write(5));
        return pair.in.read();
    }

    @Test
    void aSocketMovesToTheLoopOfItsTask() throws Exception {
        try (LoopGroup group = LoopGroup.open(2); Pair pair = JavaSocketKit.OURS.pair()) {
            EventLoop first = group.loop(0);
            EventLoop second = group.loop(1);
            long none = registered(first);
            for (int round = 0; round < 3; round++) {
                assertEquals(5, (int) first.spawn(() -> readLater(pair)).join());
                assertEquals(none + 1, registered(first));
                assertEquals(5, (int) second.spawn(() -> readLater(pair)).join());
                assertEquals(none + 1, registered(second));
                Looks.until(() -> registered(first) == none);
            }
        }
    }

    /** A reader and a writer on two loops: the socket is on both, and neither takes it from the other. */
    @Test
    void twoLoopsAtOnce() throws Exception {
        int count = 500;
        try (LoopGroup group = LoopGroup.open(2); Pair pair = OURS.pair()) {
            Task<byte[]> reader = group.loop(0).spawn(() -> pair.in.readNBytes(count));
            Task<Void> writer = group.loop(1).spawn(() -> {
                for (int i = 0; i < count; i++) {
                    pair.out.write(i);
                }
            });
            Thread echo = Thread.ofPlatform().start(() -> {
                try {
                    byte[] bytes = pair.peer.getInputStream().readNBytes(count);
                    for (byte one : bytes) {
                        pair.peer.getOutputStream().write(one);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.join();
            echo.join();
            byte[] expected = new byte[count];
            for (int i = 0; i < count; i++) {
                expected[i] = (byte) i;
            }
            assertArrayEquals(expected, reader.join());
        }
    }

    /** Each wait of a task on the same loop is one event, and no more. */
    @Test
    void oneEventForEachWait() throws Exception {
        try (EventLoop loop = EventLoop.open(); Pair pair = OURS.pair()) {
            Poller poller = Loop.of(loop).poller();
            Task<byte[]> reader = loop.spawn(() -> pair.in.readNBytes(100));
            for (int i = 0; i < 5; i++) {
                loop.step(false);
            }
            for (int i = 0; i < 100; i++) {
                long events = poller.dispatched();
                pair.peer.getOutputStream().write(i);
                loop.step(true);
                loop.step(false);
                assertEquals(events + 1, poller.dispatched(), "events of byte " + i);
            }
            assertEquals(100, reader.join().length);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "CALLBACK", mode = EnumSource.Mode.EXCLUDE)
    void eachThreadReadsAndWrites(Caller caller) throws Exception {
        try (RunningLoop running = new RunningLoop(); ServerSocket server = OURS.listening()) {
            CompletableFuture<String> echoed = caller.start(running.loop(), () -> {
                try (Socket socket = OURS.socket("localhost", server.getLocalPort())) {
                    socket.getOutputStream().write("hello".getBytes());
                    socket.shutdownOutput();
                    return new String(socket.getInputStream().readAllBytes());
                }
            });
            caller.start(running.loop(), () -> {
                try (Socket socket = server.accept()) {
                    return socket.getInputStream().transferTo(socket.getOutputStream());
                }
            }).get();
            assertEquals("hello", echoed.get());
        }
    }

    /** A call that need not wait succeeds; one that would have to is refused, and the socket stays as it was. */
    @Test
    void inACallback() throws Exception {
        try (RunningLoop running = new RunningLoop(); Pair pair = OURS.pair()) {
            EventLoop loop = running.loop();
            pair.send("x");
            assertEquals('x', (int) Caller.CALLBACK.start(loop, pair.in::read).get());
            Caller.CALLBACK.start(loop, () -> {
                pair.out.write(3);
                return null;
            }).get();
            assertEquals(3, pair.peer.getInputStream().read());
            refused(loop, pair.in::read);
            refused(loop, () -> {
                pair.client.setSoTimeout(1);
                return pair.in.read();
            });
            refused(loop, pair.server::accept);
            refused(loop, () -> {
                pair.fill();
                return null;
            });
            refused(loop, () -> OURS.socket("localhost", pair.server.getLocalPort()));
            Caller.CALLBACK.start(loop, () -> OURS.socket("127.0.0.1", pair.server.getLocalPort())).get().close();
            pair.send("y");
            assertEquals('y', (int) Caller.PLATFORM_THREAD.start(loop, pair.in::read).get());
        }
    }

    private static void refused(EventLoop loop, Callable<?> call) {
        Throwable refusal = assertThrows(ExecutionException.class, Caller.CALLBACK.start(loop, call)::get).getCause();
        assertSame(IllegalStateException.class, refusal.getClass(), refusal::toString);
    }

    /** The deadline leaves the socket open, and what comes later is read as if nothing had happened. */
    @Test
    void aDeadlineLosesNoByte() throws Exception {
        try (RunningLoop running = new RunningLoop(); Pair pair = OURS.pair()) {
            EventLoop loop = running.loop();
            pair.send("ab");
            byte[] bytes = new byte[4];
            DeadlineExceededException exceeded = assertInstanceOf(DeadlineExceededException.class,
                    assertThrows(ExecutionException.class, () -> running.call(() -> loop.within(Duration.ofMillis(5),
                            () -> pair.in.readNBytes(bytes, 0, 4)))).getCause());
            assertInstanceOf(InterruptedIOException.class, exceeded.getCause());
            assertFalse(pair.client.isClosed());
            pair.send("cd");
            assertEquals("cd", running.call(() -> pair.receive(2)));
            assertEquals("ab", new String(bytes, 0, 2));
        }
    }

    @Test
    void aCancelLeavesTheSocketOpen() throws Exception {
        try (RunningLoop running = new RunningLoop(); Pair pair = OURS.pair()) {
            boolean[] begun = new boolean[1];
            Task<Integer> reader = running.loop().spawn(() -> {
                begun[0] = true;
                return pair.in.read();
            });
            Looks.until(() -> begun[0]);
            reader.cancel();
            assertThrows(CancellationException.class, reader::join);
            assertSame(Task.State.CANCELLED, reader.state());
            assertFalse(pair.client.isClosed());
            pair.send("z");
            assertEquals('z', pair.in.read());
        }
    }

    /** A cancel ends the wait for another write, too. */
    @Test
    void aCancelEndsTheWaitForATurn() throws Exception {
        try (RunningLoop running = new RunningLoop(); Pair pair = OURS.pair()) {
            Thread filler = Thread.ofPlatform().start(() -> assertThrows(IOException.class, pair::fill));
            int[] before = {-1};
            Looks.until(() -> { // no byte goes any more
                int now = pair.peer.getInputStream().available();
                boolean full = now == before[0] && waitsInPoll(filler);
                before[0] = now;
                return full;
            });
            Task<Void> writer = running.loop().spawn(() -> pair.out.write(1));
            Looks.until(() -> writer.thread().getState() == Thread.State.WAITING);
            writer.cancel();
            assertThrows(CancellationException.class, writer::join);
            pair.client.close();
            filler.join();
        }
    }

    private static boolean waitsInPoll(Thread thread) {
        StackTraceElement[] frames = thread.getStackTrace();
        return frames.length > 0 && frames[0].getMethodName().equals("awaitEvents");
    }

    /** A socket belongs to no loop. */
    @Test
    void theCloseOfALoopLeavesTheSocketOpen() throws Exception {
        try (Pair pair = OURS.pair()) {
            Task<Integer> reader;
            try (EventLoop loop = EventLoop.open()) {
                reader = loop.spawn(() -> pair.in.read());
                loop.step(false);
                loop.step(false);
            }
            assertThrows(CancellationException.class, reader::join);
            assertFalse(pair.client.isClosed());
            pair.send("q");
            try (RunningLoop running = new RunningLoop()) {
                assertEquals('q', (int) running.call(pair.in::read));
            }
        }
    }

    /** What a task does with its connection as its loop closes: a last word needs no wait, and succeeds. */
    @Test
    void cleanupWhileTheLoopCloses() throws Exception {
        try (Pair pair = OURS.pair()) {
            String[] refusal = new String[1];
            try (EventLoop loop = EventLoop.open()) {
                loop.spawn(() -> {
                    try {
                        pair.in.read();
                    } finally {
                        pair.out.write("bye".getBytes());
                        refusal[0] = assertThrows(IllegalStateException.class, pair.in::read).toString();
                    }
                });
                loop.step(false);
                loop.step(false);
            }
            assertEquals("bye", new String(pair.peer.getInputStream().readNBytes(3)));
            assertTrue(refusal[0].contains("LoopClosedException"), refusal[0]);
        }
    }

    /**
     * Virtual threads that no loop carries wait by the factory's loops; once these are closed, by the library's own.
     */
    @Test
    void theLoopsOfAFactory() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            Socket socket;
            CompletableFuture<Integer> reader;
            Socket peer;
            try (LoopGroup group = LoopGroup.open(1)) {
                socket = new LoopSocketFactory(group).createSocket(LOOPBACK, server.getLocalPort());
                peer = server.accept();
                long none = registered(group.loop(0));
                reader = Caller.VIRTUAL_THREAD.start(null, socket.getInputStream()::read);
                Looks.until(() -> registered(group.loop(0)) == none + 1);
            }
            assertFalse(reader.isDone());
            peer.getOutputStream().write(8);
            assertEquals(8, (int) reader.get());
            JavaSocketKit.later(() -> peer.getOutputStream().write(9));
            assertEquals(9, (int) Caller.VIRTUAL_THREAD.start(null, socket.getInputStream()::read).get());
            socket.close();
            peer.close();
        }
    }

    /** The wait of a virtual thread comes to a loop that closes. It goes on at another loop. */
    @Test
    void aWaitThatComesAsTheLoopCloses() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            FutureTask<Integer> reader;
            Socket socket;
            Socket peer;
            try (EventLoop loop = EventLoop.open()) {
                loop.step(false);
                socket = new LoopSocketFactory(loop).createSocket(LOOPBACK, server.getLocalPort());
                peer = server.accept();
                reader = new FutureTask<>(socket.getInputStream()::read);
                Thread thread = Thread.ofVirtual().start(reader);
                Looks.until(() -> thread.getState() == Thread.State.WAITING); // its wait is in the loop's inbox
            }
            peer.getOutputStream().write(8);
            assertEquals(8, (int) reader.get());
            socket.close();
            peer.close();
        }
    }

    /** The JDK's message, with the library's exception as the cause, which names the call and the socket. */
    @Test
    void aResetHasItsCause() throws Exception {
        try (RunningLoop running = new RunningLoop(); Pair pair = OURS.pair()) {
            Task<Integer> reader = running.loop().spawn(() -> pair.in.read());
            pair.peer.setSoLinger(true, 0);
            pair.peer.close();
            Throwable reset = assertThrows(ExecutionException.class, reader::join).getCause();
            assertEquals("java.net.SocketException: Connection reset", reset.toString());
            ConnectionResetException cause = assertInstanceOf(ConnectionResetException.class, reset.getCause());
            assertTrue(cause.getMessage().startsWith("recv on tcp:127.0.0.1:"), cause::getMessage);
        }
    }

    @Test
    void theLoopOfAFactory() throws Exception {
        try (RunningLoop running = new RunningLoop();
                ServerSocket server = new LoopServerSocketFactory(running.loop()).createServerSocket(0)) {
            long none = registered(running.loop());
            CompletableFuture<Socket> acceptor = Caller.VIRTUAL_THREAD.start(null, server::accept);
            Looks.until(() -> registered(running.loop()) == none + 1);
            try (Socket client = OURS.socket("127.0.0.1", server.getLocalPort()); Socket peer = acceptor.get()) {
                assertEquals(client.getLocalPort(), peer.getPort());
            }
        }
    }

    /** The task of a flooded socket yields after as many operations as its budget has. */
    @Test
    void theBudgetCounts() throws Exception {
        try (EventLoop loop = EventLoop.builder().ioBudget(4).open(); Pair pair = OURS.pair()) {
            pair.send("x".repeat(100));
            int[] mostInAStep = new int[1];
            int[] inThisStep = new int[1];
            Task<Void> reader = loop.spawn(() -> {
                for (int i = 0; i < 100; i++) {
                    pair.in.read();
                    inThisStep[0]++;
                }
            });
            while (!reader.isDone()) {
                loop.step(false);
                mostInAStep[0] = Math.max(mostInAStep[0], inThisStep[0]);
                inThisStep[0] = 0;
            }
            assertEquals(4, mostInAStep[0]);
        }
    }

    @Test
    void aSocketThatNobodyClosesIsClosedAndReported() throws Exception {
        try (LogCapture log = new LogCapture(); ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            leak(server.getLocalPort());
            try (Socket peer = server.accept()) {
                peer.setSoTimeout(10);
                Looks.until(() -> {
                    System.gc();
                    return isAtEnd(peer);
                });
            }
            Looks.until(() -> !log.messages().isEmpty());
            assertEquals(1, log.messages().size(), log.messages()::toString);
            assertTrue(log.messages().getFirst().contains("tcp:127.0.0.1:" + server.getLocalPort()),
                    log.messages()::toString);
        }
    }

    private static void leak(int port) throws IOException {
        OURS.socket(LOOPBACK, port);
    }

    private static boolean isAtEnd(Socket peer) throws IOException {
        try {
            return peer.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** The connections that wait are accepted; then the server socket is closed, and further ones are refused. */
    @Test
    void aShutdownClosesTheServerSocket() throws Exception {
        List<String> log = new ArrayList<>();
        try (EventLoop loop = EventLoop.open(); ServerSocket server = OURS.listening()) {
            int port = server.getLocalPort();
            loop.spawn(() -> {
                try {
                    while (true) {
                        try (Socket accepted = server.accept()) {
                            log.add("accepted " + accepted.getInputStream().read());
                            if (log.size() == 1) {
                                Shutdown.of(loop).start();
                                send(port, 2);
                                loop.sleep(Duration.ofMillis(5));
                            }
                        }
                    }
                } catch (SocketException e) {
                    log.add(e.getMessage());
                }
            });
            send(port, 1);
            loop.run();
            assertThrows(IOException.class, () -> send(port, 3));
        }
        assertEquals(List.of("accepted 1", "accepted 2", "Socket closed"), log);
    }

    private static void send(int port, int one) throws IOException {
        try (Socket client = new Socket(LOOPBACK, port)) {
            client.getOutputStream().write(one);
        }
    }

    /** Threads of every sort use, and close, sockets whose numbers are used again at once. No byte goes astray. */
    @Test
    void numbersThatAreUsedAgain() throws Exception {
        ServerSocket server = OURS.listening();
        try (LoopGroup group = LoopGroup.open(2)) {
            Thread acceptor = Thread.ofPlatform().daemon().start(() -> echoAll(server));
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                byte id = (byte) i;
                Caller caller = List.of(Caller.TASK, Caller.PLATFORM_THREAD, Caller.VIRTUAL_THREAD,
                        Caller.THREAD_OF_A_TASK).get(i % 4);
                all.add(caller.start(group.next(), () -> {
                    for (int round = 0; round < 15; round++) {
                        useAndClose(server.getLocalPort(), id);
                    }
                    return null;
                }));
            }
            for (CompletableFuture<Void> one : all) {
                one.get();
            }
            server.close();
            acceptor.join();
        }
    }

    private static void useAndClose(int port, byte id) throws Exception {
        Socket socket = OURS.socket(LOOPBACK, port);
        InputStream in = socket.getInputStream();
        socket.getOutputStream().write(id);
        assertEquals(id, in.read());
        FutureTask<Integer> other = new FutureTask<>(in::read);
        Thread.ofVirtual().start(other);
        Thread.ofPlatform().start(() -> {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals("Socket closed", assertThrows(SocketException.class, in::read).getMessage());
        assertEquals("Socket closed", assertThrows(ExecutionException.class, other::get).getCause().getMessage());
    }

    private static void echoAll(ServerSocket server) {
        try {
            while (true) {
                Socket accepted = server.accept();
                Thread.startVirtualThread(() -> {
                    try (accepted) {
                        accepted.getInputStream().transferTo(accepted.getOutputStream());
                    } catch (IOException e) {
                        // A reset.
                    }
                });
            }
        } catch (IOException e) {
            assertEquals("Socket closed", e.getMessage());
        }
    }

    /** The close waits for bytes that the peer does not take, but not on the loop's thread. */
    @Test
    void aLingeringCloseDoesNotHoldTheLoop() throws Exception {
        try (RunningLoop running = new RunningLoop(); Pair pair = OURS.pair()) {
            EventLoop loop = running.loop();
            running.call(() -> {
                assertThrows(DeadlineExceededException.class, () -> loop.within(Duration.ofMillis(5), pair::fill));
                pair.client.setSoLinger(true, 30);
                pair.client.close();
                return null;
            });
            running.call(() -> null); // the loop goes on
        }
    }

    /** In a task another thread looks the name up; a callback cannot wait for that. */
    @Test
    void anUnknownHost() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            for (Caller caller : Caller.values()) {
                Throwable thrown = assertThrows(ExecutionException.class, caller.start(running.loop(),
                        () -> OURS.socket("no-such-host.invalid", 1))::get).getCause();
                assertEquals(caller == Caller.CALLBACK ? "java.lang.IllegalStateException: connect looks"
                        + " no-such-host.invalid up, which may wait, and a callback cannot wait: call it in a task, or"
                        + " give the address in numbers" : "java.net.UnknownHostException: no-such-host.invalid",
                        thrown.toString());
            }
        }
    }

    /** The loop's own thread, outside of a step, is a platform thread like any other. */
    @Test
    void outsideOfAStep() throws Exception {
        DescriptorLeaks.Snapshot before;
        try (EventLoop loop = EventLoop.open()) {
            loop.runUntilDone();
            before = DescriptorLeaks.open();
            Pair pair = OURS.pair();
            loop.spawn(() -> readLater(pair));
            loop.runUntilDone();
            assertEquals(5, readLater(pair));
            pair.close();
            assertEquals(List.of(), DescriptorLeaks.leftSince(before), "closed at once");
        }
    }

    @Test
    void theDefaultFactories() throws Exception {
        assertSame(LoopSocketFactory.getDefault(), LoopSocketFactory.getDefault());
        try (ServerSocket server = LoopServerSocketFactory.getDefault().createServerSocket(0);
                Socket client = LoopSocketFactory.getDefault().createSocket("127.0.0.1", server.getLocalPort())) {
            assertTrue(client.isConnected());
        }
        assertThrows(NullPointerException.class, () -> new LoopSocketFactory((LoopGroup) null));
        assertThrows(NullPointerException.class, () -> new LoopSocketFactory((EventLoop) null));
    }

    /** As far as the JDK allows: its own sockets accept only their own kind, and ours only ours. */
    @Test
    void mixedAccepts() throws Exception {
        class Opened extends ServerSocket {
            Opened() throws IOException {}

            void into(Socket socket) throws IOException {
                implAccept(socket);
            }
        }
        try (Opened jdk = new Opened(); Socket ours = OURS.socket()) {
            jdk.bind(new InetSocketAddress(LOOPBACK, 0));
            String message = assertThrows(IOException.class, () -> jdk.into(ours)).getMessage();
            assertTrue(message.contains("cannot accept a connection with an instance of"), message);
        }
    }
}
