package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.OptionSubject.Kind;
import io.stepoll.support.Emulator;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each option on each kind of socket: the value that is set is read back, and an option that the kind does not have is
 * refused.
 */
@Timeout(60)
class SocketOptionsTest extends SocketFixture {
    private static final Set<String> ALL = Set.of("SO_SNDBUF", "SO_RCVBUF", "SO_LINGER");
    private static final Set<String> INET = Set.of("SO_REUSEADDR", "SO_REUSEPORT", "IP_TOS", "SO_INCOMING_CPU",
            "SO_BUSY_POLL", "SO_PRIORITY", "SO_MARK", "SO_BINDTODEVICE", "SO_INCOMING_NAPI_ID");
    private static final Set<String> DATAGRAM = Set.of("SO_BROADCAST", "IP_MULTICAST_TTL", "IP_MULTICAST_LOOP",
            "IP_MULTICAST_IF", "IP_DONTFRAGMENT");
    private static final Set<String> TCP = Set.of("SO_KEEPALIVE", "TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTERVAL",
            "TCP_KEEPCOUNT", "TCP_QUICKACK", "TCP_NOTSENT_LOWAT", "TCP_USER_TIMEOUT", "TCP_FASTOPEN",
            "TCP_FASTOPEN_CONNECT", "TCP_DEFER_ACCEPT", "TCP_CONGESTION", "TCP_INFO");
    /** Options that a kernel may be built without. */
    private static final Set<String> OPTIONAL =
            Set.of("SO_BUSY_POLL", "SO_INCOMING_NAPI_ID", "TCP_FASTOPEN_CONNECT", "SO_MARK", "SO_PASSRIGHTS");

    private static final Set<String> UNKNOWN_TO_AN_EMULATOR = Set.of("SO_PASSRIGHTS", "SO_INCOMING_CPU", "SO_BUSY_POLL",
            "SO_MARK", "SO_BINDTODEVICE", "IP_MULTICAST_IF");

    /** An option, the value that is set, and the value that is read then. */
    private record Sample<T>(SocketOption<T> option, T value, T then) {
        static <T> Sample<T> of(SocketOption<T> option, T value) {
            return new Sample<>(option, value, value);
        }

        void check(OptionSubject subject) throws IOException {
            subject.set(option, value);
            assertEquals(then, subject.get(option));
        }

        void checkRefused(OptionSubject subject) {
            refused(option, () -> subject.get(option));
            refused(option, () -> subject.set(option, value));
        }

        @Override
        public String toString() {
            return option.name() + " = " + value;
        }
    }

    private static void refused(SocketOption<?> option, Executable call) {
        assertRefused(UnsupportedOperationException.class, call, option.name() + " is no option of this ");
    }

    static List<Sample<?>> samples() throws Exception {
        NetworkInterface loopback = NetworkInterface.getByName("lo");
        List<Sample<?>> samples = new ArrayList<>(List.of(
                // the kernel doubles both, for its own bookkeeping, and returns the doubled value
                new Sample<>(StandardSocketOptions.SO_SNDBUF, 32768, 65536),
                new Sample<>(StandardSocketOptions.SO_RCVBUF, 32768, 65536),
                Sample.of(StandardSocketOptions.SO_LINGER, 3), Sample.of(StandardSocketOptions.SO_LINGER, 0),
                Sample.of(StandardSocketOptions.SO_LINGER, -1),
                new Sample<>(StandardSocketOptions.SO_LINGER, Integer.MIN_VALUE, -1),
                Sample.of(StandardSocketOptions.IP_TOS, 0x20), Sample.of(StandardSocketOptions.IP_MULTICAST_TTL, 7),
                Sample.of(StandardSocketOptions.IP_MULTICAST_IF, loopback),
                Sample.of(ExtendedSocketOptions.TCP_KEEPIDLE, 77), Sample.of(ExtendedSocketOptions.TCP_KEEPINTERVAL, 9),
                Sample.of(ExtendedSocketOptions.TCP_KEEPCOUNT, 5),
                Sample.of(LinuxSocketOptions.SO_INCOMING_CPU, 1), Sample.of(LinuxSocketOptions.SO_BUSY_POLL, 50),
                Sample.of(LinuxSocketOptions.SO_PRIORITY, 6), Sample.of(LinuxSocketOptions.SO_MARK, 0x1234),
                Sample.of(LinuxSocketOptions.SO_MARK, -2), Sample.of(LinuxSocketOptions.SO_BINDTODEVICE, "lo"),
                Sample.of(LinuxSocketOptions.SO_BINDTODEVICE, ""),
                Sample.of(LinuxSocketOptions.TCP_NOTSENT_LOWAT, 16384),
                Sample.of(LinuxSocketOptions.TCP_NOTSENT_LOWAT, -1),
                Sample.of(LinuxSocketOptions.TCP_USER_TIMEOUT, 30_000),
                new Sample<>(LinuxSocketOptions.TCP_DEFER_ACCEPT, 2, 3), // counted in retransmissions: 1, 3, 7 s ...
                Sample.of(LinuxSocketOptions.TCP_CONGESTION, "reno")));
        for (SocketOption<Boolean> flag : List.of(StandardSocketOptions.SO_REUSEADDR,
                StandardSocketOptions.SO_REUSEPORT, StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.TCP_NODELAY,
                StandardSocketOptions.IP_MULTICAST_LOOP, ExtendedSocketOptions.TCP_QUICKACK,
                ExtendedSocketOptions.IP_DONTFRAGMENT, LinuxSocketOptions.SO_PASSRIGHTS)) {
            samples.add(Sample.of(flag, true));
            samples.add(Sample.of(flag, false));
        }
        return samples;
    }

    static Stream<Arguments> kindsAndSamples() throws Exception {
        List<Sample<?>> samples = samples();
        return Arrays.stream(Kind.values()).flatMap(kind -> samples.stream().map(each -> Arguments.of(kind, each)));
    }

    private static Set<String> expected(Kind kind) {
        Set<String> names = new TreeSet<>(ALL);
        if (kind.isUnix()) {
            names.add("SO_PEERCRED");
            names.add("SO_PASSRIGHTS");
            return names;
        }
        names.addAll(INET);
        names.addAll(kind.isTcp() ? TCP : DATAGRAM);
        if (kind.isInet6()) {
            names.add("IPV6_V6ONLY");
        }
        return names;
    }

    @ParameterizedTest
    @MethodSource("kindsAndSamples")
    void setAndReadBack(Kind kind, Sample<?> sample) throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, kind)) {
            if (!expected(kind).contains(sample.option().name())) {
                sample.checkRefused(subject);
                return;
            }
            String name = sample.option().name();
            if (UNKNOWN_TO_AN_EMULATOR.contains(name)) {
                Emulator.assumeNone("it does not know " + name);
            }
            assumeTrue(!OPTIONAL.contains(name) || subject.supported().contains(sample.option()),
                    () -> "this kernel has no " + name);
            try {
                sample.check(subject);
            } catch (IOException e) {
                assumeTrue(((SystemCallFailure) e).errno() != Errno.EPERM, e.getMessage());
                throw e;
            } finally {
                if (kind.isTcp() && !kind.isListener()) {
                    subject.set(StandardSocketOptions.SO_LINGER, -1);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void supportedOptions(Kind kind) throws Exception {
        OptionSubject subject = new OptionSubject(loop, kind);
        Set<String> expected = expected(kind);
        Set<String> names = subject.supported().stream().map(SocketOption::name)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> missing = new TreeSet<>(expected);
        missing.removeAll(names);
        missing.removeAll(OPTIONAL);
        if (!Emulator.isAbsent()) {
            missing.removeAll(UNKNOWN_TO_AN_EMULATOR);
        }
        assertEquals(Set.of(), missing);
        assertTrue(expected.containsAll(names), () -> "too many: " + names);
        for (SocketOption<?> option : subject.supported()) {
            if (kind != Kind.UNIX_DATAGRAM || option != ExtendedSocketOptions.SO_PEERCRED) {
                subject.get(option);
            }
        }
        assertThrows(UnsupportedOperationException.class,
                () -> subject.supported().add(StandardSocketOptions.SO_LINGER));
        subject.close();
        assertEquals(Set.of(), subject.supported());
    }

    /** An IPv6 socket has separate settings for datagrams and segments to IPv4 addresses. Both are set. */
    @ParameterizedTest
    @EnumSource(names = {"TCP6", "UDP6"})
    void bothFamiliesOfADualStackSocket(Kind kind) throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, kind)) {
            subject.set(StandardSocketOptions.IP_TOS, 0x48);
            assertEquals(0x48, Sockets.intOption(subject.fd(), Options.IPPROTO_IP, Options.IP_TOS));
            assertEquals(0x48, Sockets.intOption(subject.fd(), Options.IPPROTO_IPV6, Options.IPV6_TCLASS));
            if (kind == Kind.UDP6) {
                subject.set(StandardSocketOptions.IP_MULTICAST_TTL, 9);
                subject.set(StandardSocketOptions.IP_MULTICAST_LOOP, false);
                assertEquals(9, Sockets.intOption(subject.fd(), Options.IPPROTO_IP, Options.IP_MULTICAST_TTL));
                assertEquals(0, Sockets.intOption(subject.fd(), Options.IPPROTO_IP, Options.IP_MULTICAST_LOOP));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4_LISTENER", "TCP6_LISTENER"})
    void fastOpenOfAListener(Kind kind) throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, kind)) {
            subject.set(LinuxSocketOptions.TCP_FASTOPEN, 16);
            assertEquals(16, subject.get(LinuxSocketOptions.TCP_FASTOPEN));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UDP4", "UDP6"})
    void noMulticastInterfaceAtFirst(Kind kind) throws Exception {
        Emulator.assumeNone("it does not know IP_MULTICAST_IF");
        try (OptionSubject subject = new OptionSubject(loop, kind)) {
            assertEquals(null, subject.get(StandardSocketOptions.IP_MULTICAST_IF));
        }
    }
}
