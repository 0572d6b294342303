package io.stepoll.internal.net;

import static java.lang.Integer.MAX_VALUE;

import io.stepoll.internal.sys.Options;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JDK's options: a row for each. A {@link LinuxOption} has its row with it. */
final class OptionTable {
    private static final int LARGEST_BYTE = 255;

    private static final Map<SocketOption<?>, OptionRow<?>> ROWS = new LinkedHashMap<>();
    private static final Map<SocketOption<?>, OptionRow<?>> EXTENDED = new LinkedHashMap<>();

    static {
        addStandard();
        try {
            ExtendedOptions.addTo(EXTENDED);
        } catch (NoClassDefFoundError e) {
            // Without the module jdk.net nobody has its options.
        }
        ROWS.putAll(EXTENDED);
    }

    private OptionTable() {}

    /** The row of an option; null for an unknown one. */
    @SuppressWarnings("unchecked") // an option and its row are put in with one type
    static <T> OptionRow<T> row(SocketOption<T> option) {
        return option instanceof LinuxOption<T> linux ? linux.row() : (OptionRow<T>) ROWS.get(option);
    }

    /** The options of the module jdk.net that a kind of socket has; none without the module. */
    static List<SocketOption<?>> extendedOf(SocketKind kind) {
        return EXTENDED.keySet().stream().filter(option -> row(option).sockets().test(kind)).toList();
    }

    /** Whether the kernel alone sets an option of the JDK. */
    static boolean isReadOnly(SocketOption<?> option) {
        return !row(option).place().codec().isWritable();
    }

    /** The JDK's options. */
    static Iterable<SocketOption<?>> options() {
        return ROWS.keySet();
    }

    private static <T> void add(SocketOption<T> option, OptionRow<T> row) {
        ROWS.put(option, row);
    }

    private static void addStandard() {
        OptionCodec<Integer> size = OptionCodec.integer(0, MAX_VALUE);
        OptionCodec<Boolean> flag = OptionCodec.flag();
        OptionCodec<Integer> octet = OptionCodec.integer(0, LARGEST_BYTE);
        add(StandardSocketOptions.SO_SNDBUF, OptionRow.socket(SocketKind::isSocket, Options.SO_SNDBUF, size));
        add(StandardSocketOptions.SO_RCVBUF, OptionRow.socket(SocketKind::isSocket, Options.SO_RCVBUF, size));
        add(StandardSocketOptions.SO_LINGER,
                OptionRow.socket(SocketKind::isSocket, Options.SO_LINGER, OptionCodec.linger()));
        add(StandardSocketOptions.SO_REUSEADDR, OptionRow.socket(SocketKind::isInet, Options.SO_REUSEADDR, flag));
        add(StandardSocketOptions.SO_REUSEPORT, OptionRow.socket(SocketKind::isInet, Options.SO_REUSEPORT, flag));
        add(StandardSocketOptions.SO_KEEPALIVE, OptionRow.socket(SocketKind::isTcp, Options.SO_KEEPALIVE, flag));
        add(StandardSocketOptions.SO_BROADCAST,
                OptionRow.socket(SocketKind::isInetDatagram, Options.SO_BROADCAST, flag));
        add(StandardSocketOptions.TCP_NODELAY, OptionRow.tcp(Options.TCP_NODELAY, flag));
        add(StandardSocketOptions.IP_TOS,
                OptionRow.ip(SocketKind::isInet, Options.IP_TOS, Options.IPV6_TCLASS, octet));
        add(StandardSocketOptions.IP_MULTICAST_TTL, OptionRow.ip(SocketKind::isInetDatagram, Options.IP_MULTICAST_TTL,
                Options.IPV6_MULTICAST_HOPS, octet));
        add(StandardSocketOptions.IP_MULTICAST_LOOP, OptionRow.ip(SocketKind::isInetDatagram,
                Options.IP_MULTICAST_LOOP, Options.IPV6_MULTICAST_LOOP, flag));
        add(StandardSocketOptions.IP_MULTICAST_IF, OptionRow.ip(SocketKind::isInetDatagram,
                Options.IP_MULTICAST_IF, OptionCodec.interfaceAddress(),
                Options.IPV6_MULTICAST_IF, OptionCodec.interfaceIndex()));
    }
}
