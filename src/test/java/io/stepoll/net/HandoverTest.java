package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.support.LogCapture;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both sides of a handover, on one loop. RestartTest has them in two processes. */
@Timeout(120)
class HandoverTest extends SocketFixture {
    private SocketAddress place() {
        return Addresses.parse("unix:" + folder.resolve("meet"));
    }

    private boolean isOffered() {
        return Files.exists(folder.resolve("meet"));
    }

    private Listener listener() throws IOException {
        return Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
    }

    /** A connection that waits at the listener of the former process is accepted by the listener of the successor. */
    @Test
    void twoListenersAndAConnectionThatWaits() throws Exception {
        Listener one = listener();
        Listener two = listener();
        HandoverOffer offer = Handover.offer(loop, place(), one, two);
        Task<Void> offered = loop.spawn(offer::awaitSuccessor);
        Task<StreamSocket> accepting = loop.spawn(() -> two.accept());
        inTask(() -> {
            SocketAddress address = one.localAddress();
            try (StreamSocket client = StreamSocket.connect(loop, address);
                    Handover handover = Handover.take(loop, place())) {
                assertEquals(2, handover.remaining());
                try (Listener first = handover.listener(loop); Listener second = handover.listener(loop)) {
                    assertEquals(address, first.localAddress());
                    assertEquals(two.localAddress(), second.localAddress());
                    assertThrows(NoSuchElementException.class, () -> handover.listener(loop));
                    assertTrue(one.isOpen(), "the former process must listen until the successor does");
                    handover.listening();
                    assertFalse(one.isOpen());
                    offered.join();
                    assertFalse(isOffered());
                    try (StreamSocket accepted = first.accept()) {
                        assertEquals(client.localAddress(), accepted.remoteAddress());
                    }
                }
            }
        });
        assertEquals(Task.State.CANCELLED, accepting.state());
    }

    /**
     * The former process has inherited its listener in blocking mode, as service managers hand them on. The successor
     * shares the status flags. If the former process took O_NONBLOCK away, the successor would stand in accept4(2).
     */
    @Test
    void aListenerThatWasInheritedInBlockingModeStaysNonBlocking() throws Exception {
        int inherited = listener().descriptor().disown();
        int flags = Descriptors.getStatusFlags(inherited);
        RawSockets.check(Descriptors.setStatusFlags(inherited, flags & ~Descriptors.O_NONBLOCK));
        HandoverOffer offer = Handover.offer(loop, place(), Listener.adopt(loop, inherited));
        Task<Void> offered = loop.spawn(offer::awaitSuccessor);
        inTask(() -> {
            try (Handover handover = Handover.take(loop, place()); Listener taken = handover.listener(loop)) {
                handover.listening();
                offered.join();
                assertEquals(flags, Descriptors.getStatusFlags(taken.descriptor().fd()));
                assertNull(taken.tryAccept());
            }
        });
    }

    /** A successor may break off, or break the protocol, before it listens. The next successor still gets all. */
    @Test
    void successorsThatBreakOff() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Listener one = listener();
            HandoverOffer offer = Handover.offer(loop, place(), one);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            inTask(() -> {
                Handover.take(loop, place()).close();
                try (StreamSocket rude = StreamSocket.connecting(loop)
                        .option(LinuxSocketOptions.SO_PASSRIGHTS, true).connect(place())) {
                    passUnasked(rude);
                    ByteBuffer answer = ByteBuffer.allocate(100);
                    rude.read(answer); // a plain read, which closes the descriptor that comes with the answer
                    assertEquals(-1, rude.read(answer));
                    assertText("stepoll 1 1\n", answer);
                }
                assertTrue(one.isOpen());
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

    /** Passes a descriptor, which the kernel refuses, or the other side drops. Else the leak check finds it. */
    private static void passUnasked(StreamSocket rude) throws IOException {
        try {
            rude.writePassing(text("GIVE\n"), rude.descriptor().fd());
        } catch (IOException e) {
            assertMessage(e, "sendmsg", "EPERM");
            rude.write(text("GIVE\n"));
        }
    }

    /** After the close of a listener its number may belong to another descriptor. */
    @Test
    void aClosedListenerIsNotHandedOver() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Listener one = listener();
            HandoverOffer offer = Handover.offer(loop, place(), one);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            one.close();
            StreamSocket[] other = StreamSocket.pair(loop); // gets the listener's number
            inTask(() -> {
                assertThrows(IOException.class, () -> Handover.take(loop, place()));
                offer.close();
                assertThrows(ExecutionException.class, offered::join);
            });
            assertTrue(other[0].isOpen() && other[1].isOpen());
            assertEquals(1, log.messages().size(), log.messages()::toString);
            assertTrue(log.messages().getFirst().contains("has not taken over"), log.messages()::toString);
        }
    }

    /**
     * Several successors take the listener and close it again. Each close takes the socket off the loop, although the
     * former process still has the socket, so the next successor can take it.
     */
    @Test
    void takenAndGivenUpAgain() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Listener one = listener();
            HandoverOffer offer = Handover.offer(loop, place(), one);
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            inTask(() -> {
                for (int i = 0; i < 3; i++) {
                    try (Handover handover = Handover.take(loop, place())) {
                        handover.listener(loop).close();
                    }
                }
                while (log.messages().size() < 3) {
                    loop.sleep(Duration.ZERO);
                }
                offer.close();
                assertThrows(ExecutionException.class, offered::join);
                assertTrue(one.isOpen());
            });
        }
    }

    /** The file of a Unix listener belongs to the process that has taken the listener over, and to no other. */
    @Test
    void theFileGoesWithTheListener() throws Exception {
        Path path = folder.resolve("listener");
        Listener one = Listener.bind(loop, UnixDomainSocketAddress.of(path));
        Listener tcp = listener();
        Listener kept = Listener.bind(loop, UnixDomainSocketAddress.of(folder.resolve("kept"))).keepFile();
        Task<Void> offered = loop.spawn(Handover.offer(loop, place(), tcp, one, kept)::awaitSuccessor);
        try (LogCapture log = new LogCapture()) {
            inTask(() -> {
                try (Handover brokenOff = Handover.take(loop, place())) {
                    brokenOff.listener(loop).close();
                    brokenOff.listener(loop).close();
                }
                while (log.messages().isEmpty()) {
                    loop.sleep(Duration.ZERO);
                }
                assertTrue(Files.exists(path));
                try (Handover handover = Handover.take(loop, place());
                        Listener first = handover.listener(loop);
                        Listener second = handover.listener(loop);
                        Listener third = handover.listener(loop)) {
                    handover.listening();
                    offered.join();
                    assertFalse(one.isOpen());
                    assertTrue(Files.exists(path));
                    StreamSocket.connect(loop, UnixDomainSocketAddress.of(path)).close();
                    second.accept().close();
                    assertTrue(first.isOpen() && third.isOpen());
                }
                assertFalse(Files.exists(path));
                assertTrue(Files.exists(folder.resolve("kept")));
            });
        }
    }

    /** After an attempt that has failed the file is the former process's again. */
    @Test
    void theFileStaysWithTheFormerProcess() throws Exception {
        Path path = folder.resolve("listener");
        Listener one = Listener.bind(loop, UnixDomainSocketAddress.of(path));
        HandoverOffer offer = Handover.offer(loop, place(), one);
        Task<Void> offered = loop.spawn(offer::awaitSuccessor);
        try (LogCapture log = new LogCapture()) {
            inTask(() -> {
                Handover.take(loop, place()).close();
                while (log.messages().isEmpty()) {
                    loop.sleep(Duration.ZERO);
                }
                offered.cancel();
                loop.sleep(Duration.ZERO);
                assertTrue(Files.exists(path));
                one.close();
                assertFalse(Files.exists(path));
            });
        }
    }

    @Test
    void nobodyOffers() throws Exception {
        inTask(() -> assertNull(Handover.take(loop, place())));
        Listener.bind(loop, place()).keepFile().close();
        assertTrue(isOffered(), "a killed process leaves the socket's file behind");
        inTask(() -> assertNull(Handover.take(loop, place())));
        assertFalse(isOffered());
        Handover.offer(loop, place(), listener()).close();
        assertFalse(isOffered());
    }

    @Test
    void wrongNumbersAreNoListeners() throws Exception {
        Listener one = listener();
        int fd = one.descriptor().fd();
        assertThrows(IOException.class, () -> Listener.adopt(loop, fd), "it is on this loop already");
        StreamSocket[] pair = StreamSocket.pair(loop);
        assertThrows(IllegalArgumentException.class, () -> Listener.adopt(loop, pair[0].descriptor().fd()));
        assertTrue(one.isOpen() && pair[0].isOpen() && pair[1].isOpen());
    }

    /** The former process breaks the protocol, or closes the connection at once. */
    @Test
    void formerProcessesThatBreakOff() throws Exception {
        Listener door = Listener.bind(loop, place());
        loop.spawn(() -> {
            try (StreamSocket successor = door.accept()) {
                successor.write(text("stepoll 2 0\n"));
            }
            door.accept().close();
        });
        inTask(() -> {
            assertRefused(IOException.class, () -> Handover.take(loop, place()), "\"stepoll 2 0\" came");
            assertThrows(IOException.class, () -> Handover.take(loop, place()));
        });
    }
}
