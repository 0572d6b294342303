package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.SocketFile;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The files of Unix sockets: who removes them, and which are replaced. */
@Timeout(60)
class SocketFilesTest extends SocketFixture {
    /** The kinds of sockets that are bound to a path. */
    enum Kind {
        STREAM(Sockets.SOCK_STREAM),
        SEQPACKET(Sockets.SOCK_SEQPACKET),
        DATAGRAM(Sockets.SOCK_DGRAM);

        final int type;

        Kind(int type) {
            this.type = type;
        }

        LoopSocket<?> bind(EventLoop loop, SocketAddress address) throws IOException {
            return switch (this) {
                case STREAM -> Listener.bind(loop, address);
                case SEQPACKET -> SeqpacketListener.bind(loop, address);
                case DATAGRAM -> DatagramEndpoint.bind(loop, address);
            };
        }
    }

    private Path path() {
        return folder.resolve("socket");
    }

    private boolean exists() {
        return Files.exists(path(), LinkOption.NOFOLLOW_LINKS);
    }

    private LoopSocket<?> bind(Kind kind) throws IOException {
        return kind.bind(loop, UnixDomainSocketAddress.of(path()));
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Leaves the file of a socket behind, as a process that is killed does. */
    private void leaveBehind(int type) {
        Descriptors.close(RawSockets.bound(path(), type));
        assertTrue(exists());
    }

    @ParameterizedTest
    @EnumSource
    void goesWithItsSocket(Kind kind) throws Exception {
        bind(kind).close();
        assertFalse(exists());
        bind(kind).descriptor().close();
        assertFalse(exists());
        bind(kind);
        assertTrue(exists());
        loop.close();
        assertFalse(exists());
    }

    @ParameterizedTest
    @EnumSource
    void staysIfTheSocketIsDisowned(Kind kind) throws Exception {
        Descriptors.close(bind(kind).descriptor().disown());
        assertTrue(exists());
    }

    /** Somebody else has the socket then, and clients must find him there. */
    @ParameterizedTest
    @EnumSource
    void staysIfTheSocketIsPassedOn(Kind kind) throws Exception {
        LoopSocket<?> socket = bind(kind);
        StreamSocket[] pair = passingPair();
        pair[0].tryWritePassing(text("x"), socket.descriptor().fd());
        socket.close();
        assertTrue(exists());
        Files.delete(path());
        socket = bind(kind);
        socket.descriptor().share();
        socket.close();
        assertTrue(exists());
    }

    @Test
    void staysIfItIsToBeKept() throws Exception {
        SocketAddress address = UnixDomainSocketAddress.of(path());
        Listener.bind(loop, address).keepFile().close();
        assertTrue(exists());
        SeqpacketListener.bind(loop, address).keepFile().close();
        assertTrue(exists());
        DatagramEndpoint.bind(loop, address).keepFile().close();
        assertTrue(exists());
    }

    /** A socket that this library has not bound: whoever has bound it removes the file. */
    @Test
    void staysIfTheSocketIsAdopted() throws Exception {
        int fd = RawSockets.bound(path(), Sockets.SOCK_STREAM);
        RawSockets.check(Sockets.listen(fd, 9));
        Listener.adopt(loop, fd).close();
        assertTrue(exists());
    }

    @ParameterizedTest
    @EnumSource
    void anotherFileAtThePathStays(Kind kind) throws Exception {
        LoopSocket<?> socket = bind(kind);
        Files.move(path(), folder.resolve("moved"));
        Files.writeString(path(), "precious");
        socket.close();
        assertEquals("precious", Files.readString(path()));
        Files.delete(path());
        socket = bind(kind);
        Files.delete(path());
        int other = RawSockets.bound(path(), kind.type);
        socket.close();
        assertTrue(exists());
        Descriptors.close(other);
    }

    @ParameterizedTest
    @EnumSource
    void aDeadFileIsReplaced(Kind kind) throws Exception {
        for (Kind former : Kind.values()) {
            leaveBehind(former.type);
            bind(kind).close();
            assertFalse(exists());
        }
    }

    /** Nobody notices the attempt, not even a listener that does not accept, or a socket that does not listen yet. */
    @ParameterizedTest
    @EnumSource
    void aLiveSocketIsNotReplaced(Kind kind) throws Exception {
        for (Kind former : Kind.values()) {
            int live = RawSockets.bound(path(), former.type);
            BindException refusal = assertThrows(BindException.class, () -> bind(kind));
            assertMessage(refusal, "EADDRINUSE", "unix:" + path());
            if (former != Kind.DATAGRAM) {
                RawSockets.check(Sockets.listen(live, 9));
                assertThrows(BindException.class, () -> bind(kind));
                assertEquals(0, Sockets.pollIn(live), "no connection has come");
            }
            assertTrue(exists());
            Descriptors.close(live);
            Files.delete(path());
        }
        try (Listener listener = Listener.bind(loop, UnixDomainSocketAddress.of(path()))) {
            assertThrows(BindException.class, () -> bind(kind));
            assertNull(listener.tryAccept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoSocketStays(Kind kind) throws Exception {
        Files.writeString(path(), "precious");
        assertMessage(assertThrows(BindException.class, () -> bind(kind)), "EADDRINUSE", path() + "", "a regular file");
        assertEquals("precious", Files.readString(path()));
        Files.delete(path());
        Files.createDirectory(path());
        assertMessage(assertThrows(BindException.class, () -> bind(kind)), "EADDRINUSE", path() + "", "a folder");
        Files.delete(path());
        Path target = folder.resolve("target");
        Descriptors.close(RawSockets.bound(target, kind.type));
        Files.createSymbolicLink(path(), target);
        assertMessage(assertThrows(BindException.class, () -> bind(kind)), "EADDRINUSE", "a symbolic link");
        assertTrue(exists() && Files.exists(target));
    }

    @Test
    void relativePath() throws Exception {
        Path relative = Path.of("stepoll-" + UUID.randomUUID());
        Descriptors.close(RawSockets.bound(relative, Sockets.SOCK_STREAM));
        try (Listener listener = Listener.bind(loop, UnixDomainSocketAddress.of(relative))) {
            assertEquals(UnixDomainSocketAddress.of(relative), listener.localAddress());
        }
        assertFalse(Files.exists(relative));
    }

    /** Servers that start at once in a folder with a dead file: one of them has the path, and clients reach it. */
    @Test
    void oneOfSeveralSucceeds() throws Exception {
        int count = 4;
        CyclicBarrier together = new CyclicBarrier(count);
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            for (int round = 0; round < 50; round++) {
                leaveBehind(Sockets.SOCK_STREAM);
                CyclicBarrier tried = new CyclicBarrier(count);
                Callable<Boolean> server = () -> {
                    try (EventLoop own = EventLoop.open()) {
                        together.await();
                        boolean bound = true;
                        try {
                            Listener listener = Listener.bind(own, UnixDomainSocketAddress.of(path()));
                            int client = RawSockets.connect(new RawAddress(Sockets.AF_UNIX, bytes(path()), 0, 0));
                            listener.tryAccept().close();
                            Descriptors.close(client);
                        } catch (BindException refused) {
                            bound = false;
                        }
                        tried.await();
                        return bound;
                    }
                };
                List<Future<Boolean>> servers = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    servers.add(threads.submit(server));
                }
                int bound = 0;
                for (Future<Boolean> one : servers) {
                    bound += result(one) ? 1 : 0;
                }
                assertEquals(1, bound);
                assertFalse(exists());
            }
        }
    }

    private static boolean result(Future<Boolean> server) throws Exception {
        try {
            return server.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    /** Somebody locks the folder and keeps the lock: that delays only those that would replace a file. */
    @Test
    void aFolderThatIsLockedForGood() throws Exception {
        int lock = RawSockets.check(SocketFile.openFolder(bytes(path())));
        RawSockets.check(SocketFile.tryLock(lock));
        Listener.bind(loop, UnixDomainSocketAddress.of(path())).close();
        leaveBehind(Sockets.SOCK_STREAM);
        assertThrows(BindException.class, () -> bind(Kind.STREAM));
        assertTrue(exists());
        Descriptors.close(lock);
        bind(Kind.STREAM).close();
        assertFalse(exists());
    }

    /** Nothing listens, and so no file is left, if a bind succeeds and the rest fails. */
    @Test
    void aFileOfAListenerThatFails() throws Exception {
        EventLoop other = EventLoop.open();
        other.close();
        assertThrows(IllegalStateException.class, () -> Listener.bind(other, UnixDomainSocketAddress.of(path())));
        assertFalse(exists());
    }

    /** A datagram socket that is bound later than it is opened, and a name without a file. */
    @Test
    void datagramsThroughAFileOfTheirOwn() throws Exception {
        DatagramEndpoint socket = DatagramEndpoint.open(loop, StandardProtocolFamily.UNIX);
        socket.bind(UnixDomainSocketAddress.of(path()));
        try (DatagramEndpoint sender = DatagramEndpoint.bind(loop, AbstractAddress.of("" + UUID.randomUUID()))) {
            ByteBuffer buffer = ByteBuffer.allocate(5);
            inTask(() -> {
                sender.send(text("hello"), socket.localAddress());
                assertEquals(sender.localAddress(), socket.receive(buffer));
            });
            assertText("hello", buffer);
        }
        socket.close();
        assertFalse(exists());
    }
}
