package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.Handover;
import io.stepoll.net.HandoverOffer;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both sides of a handover on one loop; between processes it is in RestartTest. */
@Timeout(120)
class HandoverTest {
    @TempDir
    private Path folder;

    /** Does something in a task, while others go on, and throws what it throws. */
    private static void inTask(EventLoop loop, TaskBody body) throws Exception {
        Task<Void> task = loop.spawn(body);
        loop.runUntilDone();
        try {
            task.join();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private SocketAddress place() {
        return Addresses.parse("unix:" + folder.resolve("meet"));
    }

    private static Listener listener(EventLoop loop) throws IOException {
        return Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
    }

    /** Who waits to be accepted at the former listener is accepted by the other. */
    @Test
    void twoListenersAndWhoWaitsThere() throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener one = listener(loop); Listener two = listener(loop)) {
            HandoverOffer offer = Handover.offer(loop, place(), one, two);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            Task<StreamSocket> accepting = loop.spawn(() -> two.accept());
            inTask(loop, () -> {
                SocketAddress address = one.localAddress();
                try (StreamSocket client = StreamSocket.connect(loop, address);
                        Handover handover = Handover.take(loop, place())) {
                    assertEquals(2, handover.remaining());
                    try (Listener first = handover.listener(loop); Listener second = handover.listener(loop)) {
                        assertEquals(address, first.localAddress());
                        assertEquals(two.localAddress(), second.localAddress());
                        assertThrows(NoSuchElementException.class, () -> handover.listener(loop));
                        assertTrue(one.descriptor().isOpen(), "it stops too soon");
                        handover.listening();
                        assertFalse(one.descriptor().isOpen());
                        offered.join();
                        assertFalse(Files.exists(folder.resolve("meet")));
                        try (StreamSocket accepted = first.accept()) {
                            assertEquals(client.localAddress(), accepted.remoteAddress());
                        }
                    }
                }
            });
            assertEquals(Task.State.CANCELLED, accepting.state());
        }
    }

    /** Before it says that it listens it may go, or say something else; then the next one is as welcome. */
    @Test
    void successorsThatBreakOff() throws Exception {
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open(); Listener one = listener(loop)) {
            HandoverOffer offer = Handover.offer(loop, place(), one);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            inTask(loop, () -> {
                Handover.take(loop, place()).close();
                try (StreamSocket rude = StreamSocket.connect(loop, place())) {
                    // A descriptor that is not called for, and not closed, would be left open.
                    rude.writePassing(ByteBuffer.wrap("GIVE\n".getBytes()), rude.descriptor().fd());
                    ByteBuffer answer = ByteBuffer.allocate(100);
                    rude.read(answer); // which drops the descriptor
                    assertEquals(-1, rude.read(answer));
                    assertEquals("stepoll 1 1\n", new String(answer.array(), 0, answer.position()));
                }
                assertTrue(one.descriptor().isOpen());
                assertFalse(offered.isDone());
                try (Handover handover = Handover.take(loop, place()); Listener taken = handover.listener(loop)) {
                    assertNotNull(taken);
                    handover.listening();
                }
                offered.join();
            });
            assertEquals(2, log.messages().size(), log.messages()::toString);
        }
    }

    /** Its number may be anybody's by now. */
    @Test
    void aListenerThatIsClosedIsNotHandedOver() throws Exception {
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open()) {
            Listener one = listener(loop);
            HandoverOffer offer = Handover.offer(loop, place(), one);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            one.close();
            StreamSocket[] other = StreamSocket.pair(loop); // has the number again
            inTask(loop, () -> {
                assertThrows(IOException.class, () -> Handover.take(loop, place()));
                offer.close();
                assertThrows(ExecutionException.class, offered::join);
            });
            assertTrue(other[0].isOpen() && other[1].isOpen());
            assertEquals(1, log.messages().size(), log.messages()::toString);
            assertTrue(log.messages().getFirst().contains("has not taken over"), log.messages()::toString);
        }
    }

    /** While another process has the socket, too, what is closed here is off the loop, and can come again. */
    @Test
    void takenAndGivenUpAgain() throws Exception {
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open(); Listener one = listener(loop)) {
            HandoverOffer offer = Handover.offer(loop, place(), one);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            inTask(loop, () -> {
                for (int i = 0; i < 3; i++) {
                    try (Handover handover = Handover.take(loop, place())) {
                        handover.listener(loop).close();
                    }
                }
                while (log.messages().size() < 3) {
                    loop.sleep(0);
                }
                offer.close();
                assertThrows(ExecutionException.class, offered::join);
                assertTrue(one.isOpen());
            });
        }
    }

    @Test
    void nobodyThere() throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener one = listener(loop)) {
            inTask(loop, () -> assertNull(Handover.take(loop, place())));
            Listener.bind(loop, place()).close();
            assertTrue(Files.exists(folder.resolve("meet")), "as a killed process leaves it");
            inTask(loop, () -> assertNull(Handover.take(loop, place())));
            assertFalse(Files.exists(folder.resolve("meet")));
            Handover.offer(loop, place(), one).close();
            assertFalse(Files.exists(folder.resolve("meet")));
            int fd = one.descriptor().fd();
            assertThrows(IOException.class, () -> Listener.of(loop, fd), "it is on this loop already");
            StreamSocket[] pair = StreamSocket.pair(loop);
            assertThrows(IllegalArgumentException.class, () -> Listener.of(loop, pair[0].descriptor().fd()));
            assertTrue(pair[1].isOpen());
        }
    }

    /** A former process that does not keep to the protocol, or goes. */
    @Test
    void noSuchFormerProcess() throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener door = Listener.bind(loop, place())) {
            loop.spawn(() -> {
                try (StreamSocket successor = door.accept()) {
                    successor.write(ByteBuffer.wrap("stepoll 2 0\n".getBytes()));
                }
                door.accept().close();
            });
            inTask(loop, () -> {
                IOException wrong = assertThrows(IOException.class, () -> Handover.take(loop, place()));
                assertTrue(wrong.getMessage().contains("\"stepoll 2 0\" came"), wrong::getMessage);
                assertThrows(IOException.class, () -> Handover.take(loop, place()));
            });
        }
    }
}
