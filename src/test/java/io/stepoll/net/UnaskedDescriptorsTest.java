package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.support.LingeringSocket;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import io.stepoll.support.ThreadsInClose;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer passes a socket that nobody has asked for. It lingers, so the thread that drops it waits in the kernel. Unless
 * the program takes descriptors, the kernel refuses that to the peer.
 */
@Timeout(60)
class UnaskedDescriptorsTest extends SocketFixture {
    private static final Map<SocketOption<?>, ?> TAKES = Map.of(LinuxSocketOptions.SO_PASSRIGHTS, true);

    /** A Unix socket that the library has made, or accepted. */
    enum Kind {
        ACCEPTED, CONNECTED, PAIR, RECORDS_ACCEPTED, RECORDS_CONNECTED, RECORDS_PAIR, DATAGRAMS, DATAGRAMS_PAIR
    }

    /** A socket on the loop, and the number of its peer, which is not on the loop. */
    private record Ends(Descriptor socket, int peer) {}

    @BeforeEach
    void assumeTheOption() {
        RawSockets.assumeRefusable();
    }

    private Ends open(Kind kind) throws Exception {
        SocketAddress address = fresh(AddressKind.ABSTRACT);
        return switch (kind) {
            case ACCEPTED -> {
                try (Listener listener = Listener.bind(loop, address)) {
                    int peer = RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
                    yield new Ends(listener.tryAccept().descriptor(), peer);
                }
            }
            case CONNECTED -> {
                try (Listener listener = Listener.bind(loop, address)) {
                    Descriptor socket = inTask(() -> StreamSocket.connect(loop, address)).descriptor();
                    yield new Ends(socket, listener.tryAccept().descriptor().disown());
                }
            }
            case RECORDS_ACCEPTED, RECORDS_CONNECTED -> {
                try (SeqpacketListener listener = SeqpacketListener.bind(loop, address)) {
                    Descriptor connected = inTask(() -> SeqpacketSocket.connect(loop, address)).descriptor();
                    Descriptor accepted = listener.tryAccept().descriptor();
                    yield kind == Kind.RECORDS_ACCEPTED ? new Ends(accepted, connected.disown())
                            : new Ends(connected, accepted.disown());
                }
            }
            case PAIR -> ends(StreamSocket.pair(loop));
            case RECORDS_PAIR -> ends(SeqpacketSocket.pair(loop));
            case DATAGRAMS_PAIR -> ends(DatagramEndpoint.pair(loop));
            case DATAGRAMS -> {
                DatagramEndpoint receiver = DatagramEndpoint.bind(loop, address);
                DatagramEndpoint sender = DatagramEndpoint.bind(loop, fresh(AddressKind.ABSTRACT)).connect(address);
                yield new Ends(receiver.descriptor(), sender.descriptor().disown());
            }
        };
    }

    private static Ends ends(LoopSocket<?>[] pair) throws Exception {
        return new Ends(pair[0].descriptor(), pair[1].descriptor().disown());
    }

    @ParameterizedTest
    @EnumSource
    void refused(Kind kind) throws Exception {
        Ends ends = open(kind);
        try (LingeringSocket lingering = new LingeringSocket()) {
            int passed = lingering.passTo(ends.peer);
            if (passed == 1) { // else the close of the only descriptor would wait here
                lingering.leave();
            }
            assertEquals(1, RawSockets.send(ends.peer, 1));
            ByteBuffer buffer = ByteBuffer.allocate(9);
            assertEquals(1, inTask(() -> ends.socket.read(buffer)), "the byte that was sent without a descriptor");
            assertEquals(-Errno.EPERM, passed);
        }
        RawSockets.close(ends.peer);
    }

    /** A listener's option is for peers that pass before they are accepted. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void askedForAtTheListener(boolean records) throws Exception {
        SocketAddress address = fresh(AddressKind.ABSTRACT);
        try (ListeningSocket<?, ?> listener = records ? SeqpacketListener.bind(loop, address, 5, TAKES)
                : Listener.bind(loop, address, 5, TAKES); LingeringSocket lingering = new LingeringSocket()) {
            int peer = records ? inTask(() -> SeqpacketSocket.connect(loop, address)).descriptor().disown()
                    : RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
            assertEquals(1, lingering.passTo(peer));
            ConnectionSocket<?> accepted = (ConnectionSocket<?>) listener.tryAccept();
            List<Integer> numbers = new ArrayList<>();
            assertEquals(1, accepted.tryReadPassed(ByteBuffer.allocate(9), numbers::add));
            assertEquals(1, numbers.size());
            RawSockets.close(numbers.getFirst());
            accepted.close();
            RawSockets.close(peer);
        }
    }

    @Test
    void askedForByTheFirstCall() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (LingeringSocket lingering = new LingeringSocket()) {
            int peer = pair[1].descriptor().disown();
            assertEquals(-Errno.EPERM, lingering.passTo(peer));
            assertEquals(Descriptor.WOULD_BLOCK, pair[0].tryReadPassed(ByteBuffer.allocate(9), number -> { }));
            assertEquals(1, lingering.passTo(peer));
            assertTrue(pair[0].getOption(LinuxSocketOptions.SO_PASSRIGHTS));
            RawSockets.close(peer);
        }
    }

    /** What was passed and not received is closed with the socket, which waits: on another thread. */
    @Test
    void closedWithWhatWasPassed() throws Exception {
        StreamSocket[] pair = passingPair();
        int fd = pair[0].descriptor().fd();
        int peer = pair[1].descriptor().disown();
        try (LingeringSocket lingering = new LingeringSocket()) {
            assertEquals(1, lingering.passTo(peer));
            lingering.leave();
            pair[0].close();
            Looks.until(() -> ThreadsInClose.isOfTheLibrary(fd));
        }
        Looks.until(() -> ThreadsInClose.of(fd).isEmpty());
        RawSockets.close(peer);
    }

    /** The first call that receives descriptors asks for them, whatever was set and taken back before. */
    @Test
    void askedForAfterTheOptionWasTakenBack() throws Exception {
        StreamSocket socket = StreamSocket.pair(loop)[0];
        socket.setOption(LinuxSocketOptions.SO_PASSRIGHTS, true).setOption(LinuxSocketOptions.SO_PASSRIGHTS, false);
        assertEquals(Descriptor.WOULD_BLOCK, socket.tryReadPassed(ByteBuffer.allocate(9), number -> { }));
        assertTrue(socket.getOption(LinuxSocketOptions.SO_PASSRIGHTS));
    }

    /** A socket that comes by its number keeps its setting. */
    @Test
    void ofTheCaller() throws Exception {
        for (boolean takes : new boolean[] {false, true}) {
            int[] raw = RawSockets.pair();
            RawSockets.takePassed(raw[0], takes);
            try (StreamSocket socket = StreamSocket.own(loop, raw[0])) {
                assertEquals(takes, socket.getOption(LinuxSocketOptions.SO_PASSRIGHTS));
            }
            RawSockets.close(raw[1]);
        }
    }
}
