package io.stepoll.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Handover;
import io.stepoll.net.HandoverOffer;
import io.stepoll.net.Listener;
import io.stepoll.net.SeqpacketListener;
import io.stepoll.net.SeqpacketSocket;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.Emulator;
import io.stepoll.support.Libc;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.ObservedCalls;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Local peers that do what they can against a loop. After each: no descriptor is left, no exception came out but an end
 * of a connection, nothing was logged, and no system call of the loop's thread waited in the kernel but its poll.
 */
@Timeout(30)
class HostilePeers {
    private static final int MESSAGES = 50;
    private static final int DESCRIPTORS = 100;
    private static final int RECORDS = 20_000;
    private static final int MSG_OOB = 1;
    private static final int HIGH = 4000;
    private static final int SO_LINGER = 13;
    private static final int SO_PASSRIGHTS = 83;

    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    /** Peers that read nothing, until the test ends. */
    private final List<Integer> quiet = new ArrayList<>();

    private Snapshot before;
    private LogCapture log;
    private LoopGroup group;
    private EventLoop loop;

    /**
     * The kernel's table of descriptors doubles when it is full, and the call that needs the place waits for that (for
     * an RCU grace period). So it is made large here.
     */
    @BeforeAll
    static void makeRoomForDescriptors() {
        Libc.close(RawSockets.check(Libc.dup(0, HIGH)));
    }

    @BeforeEach
    void begin() throws Exception {
        before = DescriptorLeaks.open();
        log = new LogCapture();
        group = LoopGroup.builder().loops(1).options(options -> options.failureHandler(
                (_, thrown) -> failures.add(thrown))).open();
        loop = group.loop(0);
        call(ObservedCalls::begin);
        ObservedCalls.clear();
    }

    @AfterEach
    void end() throws Exception {
        call(ObservedCalls::end);
        int calls = ObservedCalls.calls();
        String waits = ObservedCalls.waits();
        group.close();
        log.close();
        quiet.forEach(RawSockets::close);
        assertEquals(List.of(), failures);
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
        assertEquals(List.of(), log.messages());
        if (Emulator.isAbsent()) { // an emulator's own locks make its thread wait
            assertEquals("", waits);
        }
        assertTrue(calls > 0, "nothing was observed");
    }

    private void call(TaskBody body) throws Exception {
        call(body.asCallable());
    }

    private <T> T call(Callable<T> body) throws Exception {
        try {
            return loop.spawn(body).join();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** How a victim reads. */
    enum Reader {
        READ {
            @Override
            int read(StreamSocket socket, ByteBuffer target) throws IOException {
                return socket.read(target);
            }
        },
        VECTOR {
            @Override
            int read(StreamSocket socket, ByteBuffer target) throws IOException {
                return (int) socket.read(new ByteBuffer[] {target});
            }
        },
        PASSED {
            @Override
            int read(StreamSocket socket, ByteBuffer target) throws IOException {
                return socket.readPassed(target, RawSockets::close);
            }
        };

        abstract int read(StreamSocket socket, ByteBuffer target) throws IOException;
    }

    /** A task that reads one end of a pair until the end. The other end is the test's. */
    private Task<Integer> victim(int end, Reader reader) throws Exception {
        return victim(call(() -> StreamSocket.own(loop, end)), reader);
    }

    private Task<Integer> victim(StreamSocket socket, Reader reader) {
        return loop.spawn(() -> {
            try (socket) {
                ByteBuffer target = ByteBuffer.allocate(7);
                int bytes = 0;
                for (int count = reader.read(socket, target); count >= 0; count = reader.read(socket, target.clear())) {
                    bytes += count;
                }
                return bytes;
            }
        });
    }

    /** Sends a byte with descriptors; a byte alone if the receiver refuses them. Returns whether they went. */
    private static boolean sendByteWith(int peer, int... descriptors) throws Exception {
        boolean[] went = new boolean[1];
        Looks.until(() -> {
            went[0] = Libc.trySendDescriptors(peer, "x", descriptors) == 1;
            return went[0] || RawSockets.send(peer, 1) == 1;
        });
        return went[0];
    }

    @ParameterizedTest
    @EnumSource
    void unaskedDescriptors(Reader reader) throws Exception {
        int[] ends = RawSockets.pair();
        int[] passed = new int[DESCRIPTORS];
        int[] pipe = Libc.pipe();
        for (int i = 0; i < passed.length; i++) {
            passed[i] = switch (i % 4) {
                case 0 -> ends[1];
                case 1 -> pipe[i / 4 % 2];
                case 2 -> 0;
                default -> loop.fd();
            };
        }
        Task<Integer> victim = victim(ends[0], reader);
        for (int i = 0; i < MESSAGES; i++) {
            sendByteWith(ends[1], passed);
        }
        RawSockets.close(ends[1]);
        for (int end : pipe) {
            RawSockets.close(end);
        }
        assertEquals(MESSAGES, victim.join());
    }

    @ParameterizedTest
    @EnumSource
    void unaskedCredentials(Reader reader) throws Exception {
        int[] ends = RawSockets.pair();
        Task<Integer> victim = victim(ends[0], reader);
        for (int i = 0; i < MESSAGES; i++) {
            Looks.until(() -> Libc.trySendCredentials(ends[1], "x") == 1);
        }
        RawSockets.close(ends[1]);
        assertEquals(MESSAGES, victim.join());
    }

    /** The same for a handler. */
    @Test
    void unaskedDescriptorsForAHandler() throws Exception {
        int[] ends = RawSockets.pair();
        AtomicInteger bytes = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        call(() -> loop.own(ends[0]).handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                int count = descriptor.tryRead(ByteBuffer.allocate(7));
                if (count == -1) {
                    descriptor.close();
                    ended.incrementAndGet();
                } else if (count > 0) {
                    bytes.addAndGet(count);
                }
            }

            @Override
            public void failed(Descriptor descriptor, IOException failure) {
                failures.add(failure);
                descriptor.close();
            }
        }, true, false));
        for (int i = 0; i < MESSAGES; i++) {
            sendByteWith(ends[1], ends[1], 0, loop.fd());
        }
        RawSockets.close(ends[1]);
        Looks.until(() -> ended.get() == 1);
        assertEquals(MESSAGES, bytes.get());
    }

    /** Datagrams and records with descriptors in them, empty ones among them. */
    @Test
    void unaskedDescriptorsInMessages() throws Exception {
        DatagramEndpoint[] datagrams = call(() -> DatagramEndpoint.pair(loop));
        int datagramPeer = call(() -> datagrams[1].descriptor().disown());
        SeqpacketSocket[] records = call(() -> SeqpacketSocket.pair(loop));
        int recordPeer = call(() -> records[1].descriptor().disown());
        AtomicInteger received = new AtomicInteger();
        Task<Void> datagramVictim = loop.spawn(() -> {
            while (received.incrementAndGet() <= MESSAGES) {
                datagrams[0].read(ByteBuffer.allocate(8));
            }
        });
        Task<Integer> recordVictim = loop.spawn(() -> {
            int count = 0;
            while (records[0].read(ByteBuffer.allocate(8)) >= 0) {
                count++;
            }
            return count;
        });
        for (int i = 0; i < MESSAGES; i++) {
            sendByteWith(datagramPeer, datagramPeer, 0);
            sendByteWith(recordPeer, recordPeer, 0, loop.fd());
        }
        RawSockets.close(recordPeer);
        datagramVictim.join();
        assertEquals(MESSAGES, recordVictim.join());
        RawSockets.close(datagramPeer);
        call(() -> {
            datagrams[0].close();
            records[0].close();
        });
    }

    /** Serves connections until the listener is closed. An end of a connection is no failure, whatever end it is. */
    private Task<Void> serve(Listener listener, AtomicInteger ended) {
        return loop.spawn(() -> {
            while (listener.isOpen()) {
                StreamSocket socket;
                try {
                    socket = listener.accept();
                } catch (AsynchronousCloseException closed) {
                    return;
                }
                loop.spawn(() -> {
                    try (socket) {
                        assertNotNull(socket.toString());
                        socket.remoteAddress();
                        ByteBuffer buffer = ByteBuffer.allocate(64);
                        while (socket.read(buffer.clear()) >= 0) {
                            socket.write(buffer.flip());
                        }
                    } catch (ConnectionResetException | BrokenPipeException end) {
                        assertNotNull(end.getMessage());
                    } catch (Throwable thrown) {
                        failures.add(thrown);
                    } finally {
                        ended.incrementAndGet();
                    }
                });
            }
        });
    }

    /** Bytes out of band, in the middle of data and alone, with resets and half-closes behind them. */
    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void outOfBand(StreamKind kind) throws Exception {
        Listener listener = call(() -> Listener.bind(loop, kind.fresh()));
        RawAddress address = RawAddress.local(listener.descriptor().fd());
        AtomicInteger ended = new AtomicInteger();
        Task<Void> server = serve(listener, ended);
        for (int i = 0; i < MESSAGES; i++) {
            int peer = connect(address, null);
            for (int j = 0; j <= i % 5; j++) {
                RawSockets.send(peer, i % 3);
                send(peer, MSG_OOB);
                if (i % 2 == 0) {
                    send(peer, MSG_OOB);
                }
            }
            switch (i % 4) {
                case 0 -> linger(peer, 0); // the close resets it
                case 1 -> Sockets.shutdown(peer, Sockets.SHUT_WR);
                case 2 -> RawSockets.recv(peer);
                default -> { }
            }
            RawSockets.close(peer);
        }
        Looks.until(() -> ended.get() == MESSAGES);
        call(listener::close);
        server.join();
    }

    private static int connect(RawAddress to, RawAddress from) throws Exception {
        int fd = RawSockets.check(Sockets.socket(to.family(), Sockets.SOCK_STREAM));
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE); Scratch own = new Scratch(Sockets.STORAGE_SIZE)) {
            if (from != null) {
                RawSockets.check(Sockets.bind(fd, own.address(), from.write(own)));
            }
            int length = to.write(memory);
            int result = Sockets.connect(fd, memory.address(), length);
            if (result == -Errno.EINPROGRESS) { // over loopback the next one says that it is done
                Looks.until(() -> Sockets.connect(fd, memory.address(), length) != -114 /* EALREADY */);
            } else {
                RawSockets.check(result);
            }
        }
        return fd;
    }

    private static void send(int peer, int flags) {
        try (Scratch one = new Scratch(1)) {
            Sockets.send(peer, one.address(), 1, flags); // fails once the victim has closed, which is its right
        }
    }

    private static void linger(int fd, int seconds) {
        try (Scratch linger = new Scratch(2 * Integer.BYTES)) {
            linger.buffer().order(ByteOrder.nativeOrder()).putInt(1).putInt(seconds);
            RawSockets.check(Options.set(fd, Sockets.SOL_SOCKET, SO_LINGER, linger.address(), 2 * Integer.BYTES));
        }
    }

    /** Records and datagrams without end, most of them empty. Another client is served meanwhile. */
    @Test
    void floods() throws Exception {
        SeqpacketListener listener = call(() -> SeqpacketListener.bind(loop, StreamKind.UNIX.fresh()));
        DatagramEndpoint endpoint = call(() -> DatagramEndpoint.bind(loop, StreamKind.UNIX.fresh()));
        SocketAddress address = call(() -> listener.localAddress());
        RawAddress place = RawAddress.local(endpoint.descriptor().fd());
        Task<Void> server = loop.spawn(() -> {
            for (int i = 0; i < 3; i++) {
                SeqpacketSocket socket = listener.accept();
                loop.spawn(() -> {
                    try (socket) {
                        ByteBuffer buffer = ByteBuffer.allocate(8);
                        for (int count = socket.read(buffer); count >= 0; count = socket.read(buffer.clear())) {
                            if (count == 8) { // only the client sends such
                                socket.write(buffer.flip());
                            }
                        }
                    }
                });
            }
        });
        Task<Void> receiver = loop.spawn(() -> {
            try {
                while (true) {
                    endpoint.receive(ByteBuffer.allocate(8));
                }
            } catch (AsynchronousCloseException closed) {
                // The flood is over.
            }
        });
        List<Thread> attackers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int peer = call(() -> SeqpacketSocket.connect(loop, address).descriptor().disown());
            attackers.add(attacker(() -> {
                for (int n = 0; n < RECORDS; n++) {
                    RawSockets.send(peer, n % 4 == 0 ? 1 : 0);
                }
                RawSockets.close(peer);
            }));
        }
        attackers.add(attacker(() -> {
            int peer = RawSockets.check(Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_DGRAM));
            try (Scratch name = new Scratch(Sockets.STORAGE_SIZE); Scratch bytes = new Scratch(8)) {
                int length = place.write(name);
                for (int n = 0; n < RECORDS; n++) {
                    Datagrams.sendto(peer, bytes.address(), n % 2, name.address(), length);
                }
            }
            RawSockets.close(peer);
        }));
        call(() -> {
            try (SeqpacketSocket client = SeqpacketSocket.connect(loop, address)) {
                for (int i = 0; i < MESSAGES; i++) {
                    client.write(ByteBuffer.allocate(8));
                    assertEquals(8, client.read(ByteBuffer.allocate(16)));
                }
            }
        });
        for (Thread attacker : attackers) {
            attacker.join();
        }
        server.join();
        call(() -> {
            listener.close();
            endpoint.close();
        });
        receiver.join();
    }

    private Thread attacker(TaskBody body) {
        return Thread.ofPlatform().start(() -> {
            try {
                body.run();
            } catch (Throwable thrown) {
                failures.add(thrown);
            }
        });
    }

    /** Successors that break off, send something else, or bring descriptors. A real one takes over in the end. */
    @Test
    void handovers() throws Exception {
        Listener listener = call(() -> Listener.bind(loop, StreamKind.UNIX.fresh()));
        SocketAddress place = StreamKind.UNIX.fresh();
        HandoverOffer offer = call(() -> Handover.offer(loop, place, listener));
        Task<Void> offering = loop.spawn(() -> offer.awaitSuccessor());
        for (int i = 0; i < MESSAGES; i++) {
            int way = i % 4;
            int peer = call(() -> StreamSocket.connect(loop, place).descriptor().disown());
            switch (way) {
                case 0 -> { }
                case 1 -> RawSockets.send(peer, 5000);
                case 2 -> Libc.trySendDescriptors(peer, "LISTENING?\n", 0, peer);
                default -> Libc.trySendDescriptors(peer, "\u00e9\u001b[2J\n", peer, loop.fd());
            }
            RawSockets.close(peer);
        }
        call(() -> {
            try (Handover former = Handover.take(loop, place); Listener taken = former.listener(loop)) {
                former.listening();
                assertNotNull(taken);
            }
        });
        offering.join();
        log.records().forEach(record -> assertEquals(Level.WARNING, record.getLevel()));
        log.records().clear(); // a successor that breaks off is reported
    }

    /**
     * A close of such a descriptor waits: of a socket that lingers, and of an inotify instance that watches something.
     * The kernel closes what came unasked in the call that receives it, so it must not come at all: SO_PASSRIGHTS 0,
     * since Linux 6.16.
     */
    @ParameterizedTest
    @EnumSource(Reader.class)
    void unaskedDescriptorsWhoseCloseWaits(Reader reader) throws Exception {
        assumeTrue(reader != Reader.PASSED, "who asks for descriptors has to close them elsewhere");
        Listener listener = call(() -> Listener.bind(loop, StreamKind.UNIX.fresh()));
        int fd = listener.descriptor().fd();
        int lingering = lingering();
        int inotify = RawSockets.check(Libc.inotify());
        RawSockets.check(Libc.inotifyWatch(inotify, System.getProperty("java.io.tmpdir"), Libc.IN_CREATE));
        int peer = connect(RawAddress.local(fd), null);
        if (!sendByteWith(peer, lingering, inotify)) {
            linger(lingering, 0); // else this thread's close waits
        }
        RawSockets.close(inotify);
        RawSockets.close(lingering);
        RawSockets.close(peer);
        boolean refusable = Sockets.intOption(fd, Sockets.SOL_SOCKET, SO_PASSRIGHTS) >= 0;
        Task<Integer> victim = victim(call(() -> listener.accept()), reader);
        assertEquals(1, victim.join());
        call(listener::close);
        if (!refusable) {
            ObservedCalls.clear();
            call(() -> {});
        }
        assumeTrue(refusable, "this kernel has no SO_PASSRIGHTS: no receiver can refuse descriptors");
    }

    /** The bytes of a name that no encoding takes, or that would write over a terminal. */
    static List<byte[]> names() {
        return List.of(new byte[] {(byte) 0xff, (byte) 0xfe, 'x'}, new byte[] {(byte) 0xc3, 'x'},
                new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, "\u00e9\u4e2d".getBytes(StandardCharsets.UTF_8),
                new byte[] {'a', '\n', 0x1b, '[', '2', 'J', 7, 'b'}, new byte[] {' ', '?', '%', '\\', '@', ':'},
                new byte[] {(byte) 0xc2, (byte) 0x9b, '1', 'm'});
    }

    private static RawAddress name(Path folder, byte[] name, boolean isAbstract, String what) {
        byte[] begin = (isAbstract ? "\0" + folder : folder.toString()).getBytes(StandardCharsets.US_ASCII);
        byte[] end = what.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Arrays.copyOf(begin, begin.length + 1 + end.length + name.length);
        whole[begin.length] = '/';
        System.arraycopy(end, 0, whole, begin.length + 1, end.length);
        System.arraycopy(name, 0, whole, begin.length + 1 + end.length, name.length);
        return new RawAddress(Sockets.AF_UNIX, whole, 0, 0);
    }

    /** A datagram from such a name is received, and its answer comes back. Its text is one plain line. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void namesOfDatagrams(boolean isAbstract, @TempDir Path folder) throws Exception {
        DatagramEndpoint endpoint = call(() -> DatagramEndpoint.bind(loop, StreamKind.UNIX.fresh()));
        RawAddress place = RawAddress.local(endpoint.descriptor().fd());
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        Task<Void> victim = loop.spawn(() -> {
            for (byte[] _ : names()) {
                ByteBuffer target = ByteBuffer.allocate(8);
                SocketAddress from = endpoint.receive(target);
                addText(texts, from);
                endpoint.send(target.flip(), from);
            }
        });
        for (byte[] name : names()) {
            int peer = RawSockets.check(Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_DGRAM));
            try (Scratch own = new Scratch(Sockets.STORAGE_SIZE); Scratch to = new Scratch(Sockets.STORAGE_SIZE);
                    Scratch bytes = new Scratch(8)) {
                RawAddress from = name(folder, name, isAbstract, "dgram");
                RawSockets.check(Sockets.bind(peer, own.address(), from.write(own)));
                int length = place.write(to);
                assertEquals(3, Datagrams.sendto(peer, bytes.address(), 3, to.address(), length));
            }
            Looks.until(() -> RawSockets.recv(peer) == 3 || victim.state() == Task.State.FAILED);
            RawSockets.close(peer);
        }
        victim.join();
        texts.forEach(HostilePeers::assertPlain);
        call(endpoint::close);
    }

    /** The text of a path is the JDK's own affair. */
    private static void addText(List<String> texts, SocketAddress address) {
        if (address != null && !(address instanceof UnixDomainSocketAddress)) {
            texts.add(address.toString());
        }
    }

    private static void assertPlain(String text) {
        assertTrue(text.chars().noneMatch(Character::isISOControl), () -> "control characters in: "
                + text.chars().mapToObj(Integer::toHexString).toList());
    }

    /** The same for connections, whose text and whose failures name the peer. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void namesOfConnections(boolean isAbstract, @TempDir Path folder) throws Exception {
        Listener listener = call(() -> Listener.bind(loop, StreamKind.UNIX.fresh()));
        RawAddress address = RawAddress.local(listener.descriptor().fd());
        AtomicInteger ended = new AtomicInteger();
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        Task<Void> server = loop.spawn(() -> {
            for (byte[] _ : names()) {
                try (StreamSocket socket = listener.accept()) {
                    texts.add(socket.toString());
                    addText(texts, socket.remoteAddress());
                    ByteBuffer buffer = ByteBuffer.allocate(8);
                    while (socket.read(buffer.clear()) >= 0) {
                        socket.write(ByteBuffer.allocate(8));
                    }
                } catch (ConnectionResetException | BrokenPipeException end) {
                    texts.add(end.getMessage());
                } finally {
                    ended.incrementAndGet();
                }
            }
        });
        for (byte[] name : names()) {
            int before = ended.get();
            int peer = connect(address, name(folder, name, isAbstract, "stream"));
            RawSockets.send(peer, 2);
            RawSockets.close(peer); // what the victim has sent is unread, which makes this a reset
            Looks.until(() -> ended.get() > before || server.state() == Task.State.FAILED);
        }
        server.join();
        texts.forEach(HostilePeers::assertPlain);
        call(listener::close);
    }

    /** What the other tests build on: a call that waits is seen. A close of a lingering socket does. */
    @Test
    void aCallThatWaitsIsSeen() throws Exception {
        int lingering = lingering();
        call(() -> RawSockets.close(lingering));
        String waits = ObservedCalls.waits();
        assertTrue(waits.contains("close waited "), waits); // in an emulator its own locks make others wait, too
        assertTrue(ObservedCalls.sleeps() > 0, "no poll has slept");
        ObservedCalls.clear();
        call(() -> loop.sleep(Duration.ofMillis(1)));
    }

    /** A TCP socket whose close(2) waits for a second: it lingers, and its peer takes nothing. */
    private int lingering() throws Exception {
        Listener listener = call(() -> Listener.bind(loop, StreamKind.TCP.fresh()));
        int socket = connect(RawAddress.local(listener.descriptor().fd()), null);
        StreamSocket peer = call(() -> listener.accept());
        quiet.add(call(() -> peer.descriptor().disown()));
        call(listener::close);
        while (RawSockets.send(socket, 1 << 16) > 0) {
            // until both buffers are full
        }
        linger(socket, 1);
        return socket;
    }
}
