package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What anybody may do at the meeting place of a handover, and what may be at its path. */
@Timeout(60)
class HostileHandoverTest extends SocketFixture {
    private static final int ATTEMPTS = 200;
    private static final int SINGLE_LINES = 5;

    /** The patience of a handover is 30 s, which a virtual clock passes at once. */
    @BeforeEach
    void openWithVirtualTime() throws Exception {
        loop.close();
        loop = EventLoop.builder().clock(VirtualClock.create()).open();
    }

    private Path path() {
        return folder.resolve("meet");
    }

    private SocketAddress place() {
        return UnixDomainSocketAddress.of(path());
    }

    /** What a hostile successor does with its connection. */
    private interface Attempt {
        void make(StreamSocket connection) throws IOException;
    }

    /** One hostile successor, up to the moment in which the former process gives it up. */
    private void attempt(Attempt attempt) throws IOException {
        try (StreamSocket connection = StreamSocket.connecting(loop)
                .option(LinuxSocketOptions.SO_PASSRIGHTS, true).connect(place())) {
            ByteBuffer answer = ByteBuffer.allocate(1000);
            try {
                attempt.make(connection); // the former process takes no descriptors, and a kernel since 6.16 says so
                while (connection.read(answer.clear()) >= 0) {
                    assertTrue(connection.isOpen());
                }
            } catch (IOException refusedOrReset) {
                assertTrue(connection.isOpen());
            }
        }
    }

    /** Hundreds of failures make a few lines of log. Each line is one, and the lines account for all failures. */
    @Test
    void failuresAreReportedInFewLines() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
            Task<Void> offered = loop.spawn(Handover.offer(loop, place(), listener)::awaitSuccessor);
            inTask(() -> {
                for (int i = 0; i < ATTEMPTS; i++) {
                    attempt(connection -> connection.write(text("\033[31m\nERROR a line of its own\n")));
                }
                assertEquals(SINGLE_LINES, log.messages().size());
                loop.sleep(RefusedSuccessors.INTERVAL.plusMillis(1));
                assertEquals(SINGLE_LINES + 1, log.messages().size());
                assertTrue(log.messages().getLast().startsWith(ATTEMPTS - SINGLE_LINES + " more successors"));
                for (int i = 0; i < SINGLE_LINES + 2; i++) {
                    attempt(StreamSocket::shutdownOutput);
                }
                takeOver(offered, listener); // tells what is not told yet
            });
            assertEquals(2 * SINGLE_LINES + 2, log.messages().size(), log.messages()::toString);
            assertTrue(log.messages().getLast().startsWith("2 more successors"), log.messages()::toString);
            for (LogRecord line : log.records()) {
                assertTrue(line.getMessage().contains("taken over"), line::getMessage);
                assertTrue(line.getMessage().chars().noneMatch(Character::isISOControl), line::getMessage);
                assertNull(line.getThrown());
            }
            assertTrue(log.messages().getFirst().contains("\\x1b[31m"), log.messages()::getFirst);
        }
    }

    private void takeOver(Task<Void> offered, Listener former) throws Exception {
        try (Handover handover = Handover.take(loop, place()); Listener taken = handover.listener(loop)) {
            handover.listening();
            offered.join();
            assertFalse(former.isOpen());
            assertTrue(taken.isOpen());
        }
    }

    /** Whatever comes, the former process goes on, keeps no descriptor, and hands over to the next one. */
    @Test
    void whateverComes() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
            Task<Void> offered = loop.spawn(Handover.offer(loop, place(), listener)::awaitSuccessor);
            int eventfd = Descriptors.eventfd();
            int[] pair = RawSockets.pair();
            int[] kinds = {eventfd, pair[0], listener.descriptor().fd(), loop.fd(), 0};
            int before = openDescriptors();
            List<Attempt> attempts = List.of(
                    connection -> {}, // says nothing
                    StreamSocket::shutdownOutput,
                    connection -> connection.write(text("LISTENING")),
                    connection -> connection.write(text("LISTENING\n\n")),
                    connection -> connection.write(text("STOPPED\n")),
                    connection -> connection.write(text("\0\0\0\0\n")),
                    connection -> connection.write(text("L".repeat(100_000))),
                    connection -> connection.writePassing(text("LISTENING please\n"), kinds),
                    connection -> {
                        for (int kind : kinds) {
                            connection.writePassing(text("."), kind);
                        }
                    },
                    connection -> connection.writePassing(text("\n"), new int[253]));
            inTask(() -> {
                for (Attempt attempt : attempts) {
                    attempt(attempt);
                }
                Looks.until(() -> openDescriptors() <= before); // what was sent is closed by another thread
                assertTrue(listener.isOpen());
                takeOver(offered, listener);
            });
            assertFalse(log.messages().isEmpty());
            Descriptors.close(eventfd);
            RawSockets.close(pair[0]);
            RawSockets.close(pair[1]);
        }
    }

    /** A former process, or whoever is at its place, sends something else than listeners. */
    @Test
    void aFormerProcessThatSendsAnything() throws Exception {
        Listener door = Listener.bind(loop, place());
        int eventfd = Descriptors.eventfd();
        int before = openDescriptors();
        inTask(() -> {
            for (String line : List.of("stepoll 1 2\n", "stepoll 1 1 files\n", "stepoll 1 1 files \n",
                    "stepoll 1 1 files xyz\n", "stepoll 1 -1\n", "\033]0;\007\n", "x".repeat(1000))) {
                loop.spawn(() -> {
                    try (StreamSocket successor = door.accept()) {
                        successor.writePassing(text(line), eventfd);
                    }
                });
                assertRefused(IOException.class, () -> Handover.take(loop, place()).close());
            }
            loop.spawn(() -> {
                try (StreamSocket successor = door.accept()) {
                    successor.writePassing(text("stepoll 1 1 files -1\n"), eventfd);
                    successor.read(ByteBuffer.allocate(1));
                }
            });
            try (Handover handover = Handover.take(loop, place())) {
                assertRefused(IllegalArgumentException.class, () -> handover.listener(loop), "no socket that listens");
            }
        });
        Looks.until(() -> openDescriptors() <= before); // what was sent is closed by another thread
        Descriptors.close(eventfd);
    }

    /** Only the file of a socket that nobody has any more is deleted. */
    @ParameterizedTest
    @ValueSource(strings = {"regular file", "link to a file", "link to a socket", "folder"})
    void whatIsNoSocketIsNotDeleted(String kind) throws Exception {
        Path target = folder.resolve("target");
        switch (kind) {
            case "regular file" -> Files.writeString(path(), "precious");
            case "link to a file" -> Files.createSymbolicLink(path(), Files.writeString(target, "precious"));
            case "link to a socket" -> {
                Descriptors.close(RawSockets.bound(target, Sockets.SOCK_STREAM));
                Files.createSymbolicLink(path(), target);
            }
            default -> Files.createDirectory(path());
        }
        inTask(() -> assertRefused(IOException.class, () -> Handover.take(loop, place()), path().toString(),
                "no socket", kind.startsWith("link") ? "symbolic link" : kind));
        assertTrue(Files.exists(path(), LinkOption.NOFOLLOW_LINKS));
        assertTrue(!kind.startsWith("link") || Files.exists(target));
    }

    /** A socket that is bound and does not listen yet is refused by connect, too, and is not dead. */
    @Test
    void aLiveSocketIsNotDeleted() throws Exception {
        DatagramEndpoint live = DatagramEndpoint.bind(loop, place());
        inTask(() -> assertRefused(IOException.class, () -> Handover.take(loop, place()), "EPROTOTYPE"));
        live.close();
        int fd = RawSockets.bound(path(), Sockets.SOCK_STREAM);
        inTask(() -> assertNull(Handover.take(loop, place())));
        assertTrue(Files.exists(path()));
        Descriptors.close(fd);
        inTask(() -> assertNull(Handover.take(loop, place())));
        assertFalse(Files.exists(path()));
    }

    @Test
    void anOfferOfNothing() {
        assertRefused(IllegalArgumentException.class, () -> Handover.offer(loop, place()), "1 to 253", "not 0");
        assertRefused(IllegalArgumentException.class, () -> Handover.offer(loop, place(), new Listener[254]), "254");
        assertFalse(Files.exists(path()));
    }

    /** The failures of an offer that ends are told, too. */
    @Test
    void theEndOfTheOfferTellsTheRest() throws Exception {
        try (LogCapture log = new LogCapture()) {
            HandoverOffer offer =
                    Handover.offer(loop, place(), Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0")));
            Task<Void> offered = loop.spawn(offer::awaitSuccessor);
            inTask(() -> {
                for (int i = 0; i < SINGLE_LINES + 1; i++) {
                    attempt(StreamSocket::shutdownOutput);
                }
                offer.close();
                assertThrows(ExecutionException.class, offered::join);
            });
            assertTrue(log.messages().getLast().startsWith("1 more successors"), log.messages()::toString);
        }
    }
}
