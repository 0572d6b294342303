package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.Task;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A virtual clock does not jump while a peer outside of the loop owes an answer. */
@Timeout(60)
class JavaSocketsInVirtualTimeTest extends VirtualTimeFixture {
    private static final int ANSWER_MILLIS = 60;

    private final LoopSocketFactory sockets = new LoopSocketFactory();
    private final LoopServerSocketFactory servers = new LoopServerSocketFactory();

    /** What a peer outside of the loop does with its connection. */
    private interface Peer {
        void run(Socket connection) throws Exception;
    }

    /** What a task does with a connection to that peer. */
    private interface Client<T> {
        T run(Socket socket) throws Exception;
    }

    private <T> T withOutsider(Peer peer, Client<T> client) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, JavaSocketKit.LOOPBACK)) {
            Thread outside = Thread.ofPlatform().start(() -> {
                try (Socket connection = server.accept()) {
                    peer.run(connection);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            try {
                return inTask(() -> {
                    try (Socket socket = sockets.createSocket(JavaSocketKit.LOOPBACK, server.getLocalPort())) {
                        return client.run(socket);
                    }
                });
            } finally {
                outside.join();
            }
        }
    }

    private static void answerLate(Socket connection) throws IOException, InterruptedException {
        connection.getInputStream().read();
        Thread.sleep(ANSWER_MILLIS);
        connection.getOutputStream().write(7);
        connection.getInputStream().read();
    }

    private static int ask(Socket socket) throws IOException {
        socket.getOutputStream().write(1);
        return socket.getInputStream().read();
    }

    private static void awaitEnd(Socket connection) throws IOException {
        connection.getInputStream().readAllBytes();
    }

    @Test
    void noJumpWhileAnAnswerIsOwed() throws Exception {
        boolean[] fired = new boolean[1];
        var timer = loop.callLater(HOUR, () -> fired[0] = true);
        int got = withOutsider(JavaSocketsInVirtualTimeTest::answerLate, socket -> {
            int answer = loop.within(MINUTE, () -> ask(socket));
            assertEquals(0, clock.nanoTime());
            timer.cancel();
            return answer;
        });
        assertEquals(7, got);
        assertFalse(fired[0]);
    }

    @Test
    void aTimeoutOfTheSocketDoesNotOvertakeTheAnswer() throws Exception {
        int got = withOutsider(JavaSocketsInVirtualTimeTest::answerLate, socket -> {
            socket.setSoTimeout(20_000);
            return ask(socket);
        });
        assertEquals(7, got);
        assertEquals(0, clock.nanoTime());
    }

    @Test
    void theTimeoutOfAnAnswerThatNeverComesIsReal() throws Exception {
        withOutsider(JavaSocketsInVirtualTimeTest::awaitEnd, socket -> {
            socket.setSoTimeout(10);
            assertThrows(SocketTimeoutException.class, () -> ask(socket));
            assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
            return null;
        });
    }

    @Test
    void aHeldDeadlineComesWhenTheClockIsMoved() throws Exception {
        withOutsider(connection -> {
            connection.getInputStream().read();
            clock.advance(MINUTE);
            awaitEnd(connection);
        }, socket -> {
            assertThrows(DeadlineExceededException.class, () -> loop.within(MINUTE, () -> ask(socket)));
            return null;
        });
    }

    /** Nobody has asked it for anything, or it has answered: the deadline comes after a moment of silence. */
    @Test
    void aPeerThatOwesNothingHoldsNothing() throws Exception {
        withOutsider(connection -> {
            connection.getInputStream().read();
            connection.getOutputStream().write(7);
            awaitEnd(connection);
        }, socket -> {
            assertThrows(DeadlineExceededException.class,
                    () -> loop.within(HOUR, () -> socket.getInputStream().read()));
            assertEquals(HOUR.toNanos(), clock.nanoTime());
            assertEquals(7, ask(socket));
            assertThrows(DeadlineExceededException.class,
                    () -> loop.within(HOUR, () -> socket.getInputStream().read()));
            assertEquals(2 * HOUR.toNanos(), clock.nanoTime());
            return null;
        });
    }

    /** An answer that comes in pieces is not cut in its middle. */
    @Test
    void noJumpBetweenThePiecesOfAnAnswer() throws Exception {
        byte[] answer = withOutsider(connection -> {
            connection.getInputStream().read();
            for (int i = 0; i < 5; i++) {
                connection.getOutputStream().write(i);
                Thread.sleep(5);
            }
            awaitEnd(connection);
        }, socket -> {
            socket.getOutputStream().write(1);
            return loop.within(SECOND, () -> socket.getInputStream().readNBytes(5));
        });
        assertEquals(5, answer.length);
        assertEquals(0, clock.nanoTime());
    }

    /** Both ends are on the loop: nothing real is waited for. */
    @Test
    void aPeerOnTheLoopHoldsNothing() throws Exception {
        long beginNanos = System.nanoTime();
        inTask(() -> {
            try (ServerSocket server = servers.createServerSocket(0)) {
                Task<Void> peer = loop.spawn(() -> {
                    loop.sleep(DAY);
                    try (Socket connection = server.accept()) {
                        loop.sleep(DAY);
                        connection.getOutputStream().write(connection.getInputStream().read());
                        loop.sleep(DAY);
                    }
                });
                try (Socket socket = sockets.createSocket("127.0.0.1", server.getLocalPort())) {
                    assertEquals(1, ask(socket));
                    assertEquals(2 * DAY.toNanos(), clock.nanoTime());
                    socket.getOutputStream().write(1);
                    socket.setSoTimeout((int) Duration.ofHours(2).toMillis());
                    assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
                    assertEquals(2 * DAY.plusHours(1).toNanos(), clock.nanoTime());
                }
                return peer.join();
            }
        });
        assertTrue(System.nanoTime() - beginNanos < 30_000_000_000L);
    }

    @Test
    void theTimeoutOfAnAcceptIsVirtual() throws Exception {
        inTask(() -> {
            try (ServerSocket server = servers.createServerSocket(0)) {
                server.setSoTimeout((int) HOUR.toMillis());
                assertThrows(SocketTimeoutException.class, server::accept);
                assertEquals(HOUR.toNanos(), clock.nanoTime());
            }
            return null;
        });
    }
}
