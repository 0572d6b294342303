package io.stepoll.net;

import static java.lang.Integer.MAX_VALUE;
import static java.lang.Integer.MIN_VALUE;

import io.stepoll.internal.sys.Options;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Each option that there is: which sockets have it, what the kernel calls it, and how its value lies in memory. */
final class OptionTable {
    /** The kernel's limits of tcp(7), where a value beyond is refused anyway, but without saying why. */
    private static final int LONGEST_KEEPALIVE_SECONDS = 32767;
    private static final int MOST_KEEPALIVE_PROBES = 127;
    private static final int LARGEST_BYTE = 255;

    private static final Map<SocketOption<?>, Row> ROWS = rows();

    private OptionTable() {}

    /** The row of an option; null for one that is not known. */
    static Row row(SocketOption<?> option) {
        return ROWS.get(option);
    }

    static Iterable<Row> all() {
        return ROWS.values();
    }

    /** A level and an option of setsockopt(2), and how the value lies there. */
    record Place(int level, int option, OptionForm form) {}

    /**
     * An option.
     *
     * @param option as the user has it
     * @param sockets which have it
     * @param place where it is
     * @param place6 where it is on an IPv6 socket; null for there as well
     */
    record Row(SocketOption<?> option, Predicate<SocketKind> sockets, Place place, Place place6) {
        /** The first counts. An IPv6 socket has settings of its own for the IPv4 packets that it sends. */
        List<Place> places(SocketKind kind) {
            return place6 != null && kind.isInet6() ? List.of(place6, place) : List.of(place);
        }
    }

    static Row socket(SocketOption<?> option, Predicate<SocketKind> sockets, int number, OptionForm form) {
        return new Row(option, sockets, new Place(Options.SOL_SOCKET, number, form), null);
    }

    static Row tcp(SocketOption<?> option, int number, OptionForm form) {
        return new Row(option, SocketKind::isTcp, new Place(Options.IPPROTO_TCP, number, form), null);
    }

    static Row ip(SocketOption<?> option, Predicate<SocketKind> sockets, int number, int number6, OptionForm form) {
        return new Row(option, sockets, new Place(Options.IPPROTO_IP, number, form),
                new Place(Options.IPPROTO_IPV6, number6, form));
    }

    private static Map<SocketOption<?>, Row> rows() {
        List<Row> rows = new ArrayList<>();
        addStandard(rows);
        addLinux(rows);
        addLinuxTcp(rows);
        try {
            ExtendedOptions.add(rows);
        } catch (NoClassDefFoundError e) {
            // Without the module jdk.net nobody has its options.
        }
        Map<SocketOption<?>, Row> byOption = new LinkedHashMap<>();
        rows.forEach(row -> byOption.put(row.option(), row));
        return byOption;
    }

    private static void addStandard(List<Row> rows) {
        OptionForm size = OptionForm.integer(0, MAX_VALUE);
        OptionForm flag = OptionForm.flag();
        OptionForm octet = OptionForm.integer(0, LARGEST_BYTE);
        rows.add(socket(StandardSocketOptions.SO_SNDBUF, SocketKind::isSocket, Options.SO_SNDBUF, size));
        rows.add(socket(StandardSocketOptions.SO_RCVBUF, SocketKind::isSocket, Options.SO_RCVBUF, size));
        rows.add(socket(StandardSocketOptions.SO_LINGER, SocketKind::isSocket, Options.SO_LINGER, OptionForm.linger()));
        rows.add(socket(StandardSocketOptions.SO_REUSEADDR, SocketKind::isInet, Options.SO_REUSEADDR, flag));
        rows.add(socket(StandardSocketOptions.SO_REUSEPORT, SocketKind::isInet, Options.SO_REUSEPORT, flag));
        rows.add(socket(StandardSocketOptions.SO_KEEPALIVE, SocketKind::isTcp, Options.SO_KEEPALIVE, flag));
        rows.add(socket(StandardSocketOptions.SO_BROADCAST, SocketKind::isInetDatagram, Options.SO_BROADCAST, flag));
        rows.add(tcp(StandardSocketOptions.TCP_NODELAY, Options.TCP_NODELAY, flag));
        rows.add(ip(StandardSocketOptions.IP_TOS, SocketKind::isInet, Options.IP_TOS, Options.IPV6_TCLASS, octet));
        rows.add(ip(StandardSocketOptions.IP_MULTICAST_TTL, SocketKind::isInetDatagram, Options.IP_MULTICAST_TTL,
                Options.IPV6_MULTICAST_HOPS, octet));
        rows.add(ip(StandardSocketOptions.IP_MULTICAST_LOOP, SocketKind::isInetDatagram, Options.IP_MULTICAST_LOOP,
                Options.IPV6_MULTICAST_LOOP, flag));
        rows.add(new Row(StandardSocketOptions.IP_MULTICAST_IF, SocketKind::isInetDatagram,
                new Place(Options.IPPROTO_IP, Options.IP_MULTICAST_IF, OptionForm.interfaceAddress()),
                new Place(Options.IPPROTO_IPV6, Options.IPV6_MULTICAST_IF, OptionForm.interfaceIndex())));
    }

    private static void addLinux(List<Row> rows) {
        OptionForm natural = OptionForm.integer(0, MAX_VALUE);
        rows.add(socket(LinuxSocketOptions.SO_INCOMING_CPU, SocketKind::isInet, Options.SO_INCOMING_CPU,
                OptionForm.integer(-1, MAX_VALUE)));
        rows.add(socket(LinuxSocketOptions.SO_BUSY_POLL, SocketKind::isInet, Options.SO_BUSY_POLL, natural));
        rows.add(socket(LinuxSocketOptions.SO_PRIORITY, SocketKind::isInet, Options.SO_PRIORITY, natural));
        rows.add(socket(LinuxSocketOptions.SO_MARK, SocketKind::isInet, Options.SO_MARK,
                OptionForm.integer(MIN_VALUE, MAX_VALUE)));
        rows.add(socket(LinuxSocketOptions.SO_BINDTODEVICE, SocketKind::isInet, Options.SO_BINDTODEVICE,
                OptionForm.text(Options.IFNAMSIZ, true)));
        rows.add(socket(LinuxSocketOptions.PEER_CREDENTIALS, SocketKind::isUnix, Options.SO_PEERCRED,
                OptionForm.credentials()));
        rows.add(new Row(LinuxSocketOptions.IPV6_V6ONLY, SocketKind::isInet6,
                new Place(Options.IPPROTO_IPV6, Options.IPV6_V6ONLY, OptionForm.flag()), null));
    }

    private static void addLinuxTcp(List<Row> rows) {
        OptionForm natural = OptionForm.integer(0, MAX_VALUE);
        rows.add(tcp(LinuxSocketOptions.TCP_NOTSENT_LOWAT, Options.TCP_NOTSENT_LOWAT,
                OptionForm.integer(-1, MAX_VALUE)));
        rows.add(tcp(LinuxSocketOptions.TCP_USER_TIMEOUT, Options.TCP_USER_TIMEOUT, natural));
        rows.add(tcp(LinuxSocketOptions.TCP_FASTOPEN, Options.TCP_FASTOPEN, natural));
        rows.add(tcp(LinuxSocketOptions.TCP_FASTOPEN_CONNECT, Options.TCP_FASTOPEN_CONNECT, OptionForm.flag()));
        rows.add(tcp(LinuxSocketOptions.TCP_DEFER_ACCEPT, Options.TCP_DEFER_ACCEPT, natural));
        rows.add(tcp(LinuxSocketOptions.TCP_CONGESTION, Options.TCP_CONGESTION,
                OptionForm.text(Options.TCP_CA_NAME_MAX, false)));
        rows.add(tcp(LinuxSocketOptions.TCP_INFO, Options.TCP_INFO, OptionForm.tcpInfo()));
    }

    static OptionForm keepAliveSeconds() {
        return OptionForm.integer(1, LONGEST_KEEPALIVE_SECONDS);
    }

    static OptionForm keepAliveProbes() {
        return OptionForm.integer(1, MOST_KEEPALIVE_PROBES);
    }
}
