package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.SocketOptions;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.net.OptionSubject.Kind;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each mistake with an option throws an exception that names the option. */
@Timeout(60)
class OptionErrorsTest extends SocketFixture {
    private static void failsWith(int errno, Executable call, String... words) {
        Throwable failure = assertThrows(IOException.class, call);
        assertEquals(errno, assertInstanceOf(SystemCallFailure.class, failure).errno());
        assertMessage(failure, words);
    }

    private record Own<T>(String name, Class<T> type) implements SocketOption<T> {}

    @Test
    void unknownOptions() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            Own<Boolean> own = new Own<>("SO_NONSENSE", Boolean.class);
            assertRefused(UnsupportedOperationException.class, () -> subject.get(own), "SO_NONSENSE");
            assertRefused(UnsupportedOperationException.class, () -> subject.set(own, true), "SO_NONSENSE");
            assertRefused(NullPointerException.class, () -> subject.get(null), "option");
            assertRefused(NullPointerException.class, () -> subject.set(null, true), "option");
        }
    }

    @Test
    void readOnlyOptions() throws Exception {
        try (OptionSubject tcp = new OptionSubject(loop, Kind.TCP4);
                OptionSubject unix = new OptionSubject(loop, Kind.UNIX)) {
            TcpInfo info = tcp.get(LinuxSocketOptions.TCP_INFO);
            assertRefused(UnsupportedOperationException.class, () -> tcp.set(LinuxSocketOptions.TCP_INFO, info),
                    "TCP_INFO", "read");
            assertRefused(UnsupportedOperationException.class,
                    () -> tcp.set(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, 1), "SO_INCOMING_NAPI_ID", "read");
            assertRefused(UnsupportedOperationException.class,
                    () -> unix.set(LinuxSocketOptions.PEER_CREDENTIALS, new PeerCredentials(1, 0, 0)), "SO_PEERCRED",
                    "read");
            assertRefused(UnsupportedOperationException.class, () -> unix.set(ExtendedSocketOptions.SO_PEERCRED,
                    unix.get(ExtendedSocketOptions.SO_PEERCRED)), "SO_PEERCRED", "read");
        }
    }

    static Stream<Arguments> outOfRange() {
        return Stream.of(
                Arguments.of(StandardSocketOptions.SO_SNDBUF, -1), Arguments.of(StandardSocketOptions.SO_RCVBUF, -1),
                Arguments.of(StandardSocketOptions.IP_TOS, -1), Arguments.of(StandardSocketOptions.IP_TOS, 256),
                Arguments.of(ExtendedSocketOptions.TCP_KEEPIDLE, 0),
                Arguments.of(ExtendedSocketOptions.TCP_KEEPIDLE, 32768),
                Arguments.of(ExtendedSocketOptions.TCP_KEEPINTERVAL, 0),
                Arguments.of(ExtendedSocketOptions.TCP_KEEPCOUNT, 128),
                Arguments.of(LinuxSocketOptions.SO_INCOMING_CPU, -2),
                Arguments.of(LinuxSocketOptions.SO_BUSY_POLL, -1), Arguments.of(LinuxSocketOptions.SO_PRIORITY, -1),
                Arguments.of(LinuxSocketOptions.TCP_NOTSENT_LOWAT, -2),
                Arguments.of(LinuxSocketOptions.TCP_USER_TIMEOUT, -1),
                Arguments.of(LinuxSocketOptions.TCP_FASTOPEN, -1),
                Arguments.of(LinuxSocketOptions.TCP_DEFER_ACCEPT, -1));
    }

    @ParameterizedTest
    @MethodSource
    void outOfRange(SocketOption<Integer> option, int value) throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            assertRefused(IllegalArgumentException.class, () -> subject.set(option, value), option.name(),
                    " " + value + " ", "range");
            assertRefused(IllegalArgumentException.class, () -> subject.set(option, null), option.name(), "null");
        }
    }

    @Test
    void badNames() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            SocketOption<String> device = LinuxSocketOptions.SO_BINDTODEVICE;
            SocketOption<String> congestion = LinuxSocketOptions.TCP_CONGESTION;
            assertRefused(IllegalArgumentException.class, () -> subject.set(device, "n".repeat(16)), "SO_BINDTODEVICE",
                    "too long", "16", "15");
            assertRefused(IllegalArgumentException.class, () -> subject.set(device, "l\0o"), "SO_BINDTODEVICE", "zero");
            assertRefused(IllegalArgumentException.class, () -> subject.set(congestion, ""), "TCP_CONGESTION", "empty");
            failsWith(Errno.ENOENT, () -> subject.set(congestion, "nonesuch"), "setsockopt on TCP_CONGESTION of tcp:",
                    "ENOENT");
            assertRefused(IOException.class, () -> subject.set(device, "nonesuch"), "SO_BINDTODEVICE");
        }
    }

    /** Only the kernel knows that it is too late to set these options. */
    @Test
    void optionsThatComeTooLate() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            failsWith(Errno.EINVAL, () -> subject.set(LinuxSocketOptions.TCP_FASTOPEN, 16),
                    "setsockopt on TCP_FASTOPEN of tcp:127.0.0.1:", "EINVAL");
        }
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP6_LISTENER)) {
            failsWith(Errno.EINVAL, () -> subject.set(LinuxSocketOptions.IPV6_V6ONLY, true),
                    "setsockopt on IPV6_V6ONLY of tcp:[", "EINVAL");
        }
    }

    /** A map may hold values that the compiler would refuse for their options. */
    @Test
    void wrongValuesInAMap() throws Exception {
        SocketAddress tcp = fresh(AddressKind.IPV4);
        SocketAddress unix = fresh(AddressKind.ABSTRACT);
        Map<SocketOption<?>, ?> wrong = Map.of(StandardSocketOptions.SO_KEEPALIVE, "yes");
        int before = openDescriptors();
        assertRefused(IllegalArgumentException.class,
                () -> Listener.bind(loop, tcp, Listener.DEFAULT_BACKLOG, wrong), "SO_KEEPALIVE",
                "Boolean", "String", "yes");
        assertRefused(IllegalArgumentException.class,
                () -> StreamSocket.connecting(loop).options(wrong).connect(tcp), "SO_KEEPALIVE");
        assertRefused(UnsupportedOperationException.class, () -> Listener.bind(loop, unix,
                Listener.DEFAULT_BACKLOG, Map.of(StandardSocketOptions.TCP_NODELAY, true)), "TCP_NODELAY",
                "Unix stream socket");
        failsWith(Errno.ENOENT, () -> Listener.bind(loop, tcp, Listener.DEFAULT_BACKLOG,
                Map.of(LinuxSocketOptions.TCP_CONGESTION, "nonesuch")), "TCP_CONGESTION of tcp:127.0.0.1:0");
        assertThrows(NullPointerException.class,
                () -> Listener.bind(loop, tcp, Listener.DEFAULT_BACKLOG, null));
        assertEquals(before, openDescriptors());
    }

    @Test
    void wrongOptionOfAConnect() throws Exception {
        SocketAddress address = fresh(AddressKind.ABSTRACT);
        assertRefused(UnsupportedOperationException.class, () -> inTask(() -> StreamSocket.connecting(loop)
                .option(LinuxSocketOptions.TCP_USER_TIMEOUT, 1).connect(address)), "TCP_USER_TIMEOUT", "Unix");
    }

    @Test
    void closedSocket() throws Exception {
        OptionSubject subject = new OptionSubject(loop, Kind.TCP4);
        subject.close();
        assertThrows(ClosedChannelException.class, () -> subject.get(StandardSocketOptions.TCP_NODELAY));
        assertThrows(ClosedChannelException.class, () -> subject.set(StandardSocketOptions.TCP_NODELAY, true));
        assertThrows(ClosedChannelException.class,
                () -> subject.listener().getOption(StandardSocketOptions.SO_REUSEADDR));
        assertTrue(subject.supported().isEmpty());
    }

    @Test
    void anotherThread() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            loop.step(false);
            for (Executable call : new Executable[] {() -> subject.get(StandardSocketOptions.TCP_NODELAY),
                    () -> subject.set(StandardSocketOptions.TCP_NODELAY, true), subject::supported}) {
                assertOnlyForTheLoop(call);
            }
        }
    }

    @Test
    void aDescriptorThatIsNoSocket() throws Exception {
        int fd = Descriptors.eventfd();
        Descriptor descriptor = loop.own(fd);
        failsWith(Errno.ENOTSOCK, () -> SocketOptions.get(descriptor, StandardSocketOptions.SO_SNDBUF),
                "getsockopt on SO_SNDBUF of descriptor " + fd, "ENOTSOCK");
        failsWith(Errno.ENOTSOCK, () -> SocketOptions.set(descriptor, StandardSocketOptions.SO_SNDBUF, 1),
                "SO_SNDBUF of descriptor " + fd);
        assertEquals(Set.of(), SocketOptions.supported(descriptor, LinuxSocketOptions.ALL));
        descriptor.close();
    }
}
