package io.stepoll.internal.net;

import static java.lang.Integer.MAX_VALUE;
import static java.lang.Integer.MIN_VALUE;

import io.stepoll.internal.sys.Options;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * An option of Linux that the JDK has no constant for. As with the JDK's, an option equals only itself.
 *
 * @param <T> the type of its value
 */
public final class LinuxOption<T> implements SocketOption<T> {
    private static final OptionCodec<Integer> NATURAL = OptionCodec.integer(0, MAX_VALUE);
    private static final OptionCodec<Integer> NATURAL_OR_MINUS_1 = OptionCodec.integer(-1, MAX_VALUE);
    private static final OptionCodec<Integer> ANY = OptionCodec.integer(MIN_VALUE, MAX_VALUE);

    public static final LinuxOption<Integer> SO_INCOMING_CPU = integer("SO_INCOMING_CPU",
            OptionRow.socket(SocketKind::isInet, Options.SO_INCOMING_CPU, NATURAL_OR_MINUS_1));
    public static final LinuxOption<Integer> SO_BUSY_POLL = integer("SO_BUSY_POLL",
            OptionRow.socket(SocketKind::isInet, Options.SO_BUSY_POLL, NATURAL));
    public static final LinuxOption<Integer> SO_PRIORITY = integer("SO_PRIORITY",
            OptionRow.socket(SocketKind::isInet, Options.SO_PRIORITY, NATURAL));
    public static final LinuxOption<Integer> SO_MARK = integer("SO_MARK",
            OptionRow.socket(SocketKind::isInet, Options.SO_MARK, ANY));
    public static final LinuxOption<String> SO_BINDTODEVICE = new LinuxOption<>("SO_BINDTODEVICE", String.class,
            OptionRow.socket(SocketKind::isInet, Options.SO_BINDTODEVICE, OptionCodec.text(Options.IFNAMSIZ, true)));
    public static final LinuxOption<Boolean> SO_PASSRIGHTS = new LinuxOption<>("SO_PASSRIGHTS", Boolean.class,
            OptionRow.socket(SocketKind::isUnix, Options.SO_PASSRIGHTS, OptionCodec.flag()));
    public static final LinuxOption<Boolean> IPV6_V6ONLY = new LinuxOption<>("IPV6_V6ONLY", Boolean.class,
            OptionRow.ipv6(Options.IPV6_V6ONLY, OptionCodec.flag()));
    public static final LinuxOption<Integer> TCP_NOTSENT_LOWAT = integer("TCP_NOTSENT_LOWAT",
            OptionRow.tcp(Options.TCP_NOTSENT_LOWAT, NATURAL_OR_MINUS_1));
    public static final LinuxOption<Integer> TCP_USER_TIMEOUT = integer("TCP_USER_TIMEOUT",
            OptionRow.tcp(Options.TCP_USER_TIMEOUT, NATURAL));
    public static final LinuxOption<Integer> TCP_FASTOPEN = integer("TCP_FASTOPEN",
            OptionRow.tcp(Options.TCP_FASTOPEN, NATURAL));
    public static final LinuxOption<Boolean> TCP_FASTOPEN_CONNECT = new LinuxOption<>("TCP_FASTOPEN_CONNECT",
            Boolean.class, OptionRow.tcp(Options.TCP_FASTOPEN_CONNECT, OptionCodec.flag()));
    public static final LinuxOption<Integer> TCP_DEFER_ACCEPT = integer("TCP_DEFER_ACCEPT",
            OptionRow.tcp(Options.TCP_DEFER_ACCEPT, NATURAL));
    public static final LinuxOption<String> TCP_CONGESTION = new LinuxOption<>("TCP_CONGESTION", String.class,
            OptionRow.tcp(Options.TCP_CONGESTION, OptionCodec.text(Options.TCP_CA_NAME_MAX, false)));

    private final String name;
    private final Class<T> type;
    private final OptionRow<T> row;

    private LinuxOption(String name, Class<T> type, OptionRow<T> row) {
        this.name = name;
        this.type = type;
        this.row = row;
    }

    private static LinuxOption<Integer> integer(String name, OptionRow<Integer> row) {
        return new LinuxOption<>(name, Integer.class, row);
    }

    /** Makes the value of {@link #peerCredentials}. */
    @FunctionalInterface
    public interface Credentials<T> {
        T of(int pid, int uid, int gid);
    }

    /** SO_PEERCRED: who is at the other end of a Unix socket, by numbers. */
    public static <T> LinuxOption<T> peerCredentials(Class<T> type, Credentials<T> credentials) {
        return new LinuxOption<>("SO_PEERCRED", type, OptionRow.socket(SocketKind::isUnix, Options.SO_PEERCRED,
                OptionCodec.readOnly(Options.CREDENTIALS_SIZE, (struct, length) -> credentials.of(
                        struct.getInt(Options.CREDENTIALS_PID), struct.getInt(Options.CREDENTIALS_UID),
                        struct.getInt(Options.CREDENTIALS_GID)))));
    }

    /** TCP_INFO: what the kernel knows about a TCP connection. */
    public static <T> LinuxOption<T> tcpInfo(Class<T> type, Function<TcpInfoStruct, T> info) {
        return new LinuxOption<>("TCP_INFO", type, OptionRow.tcp(Options.TCP_INFO,
                OptionCodec.readOnly(TcpInfoStruct.size(), (ByteBuffer struct, int length) ->
                        info.apply(new TcpInfoStruct(struct, length)))));
    }

    OptionRow<T> row() {
        return row;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Class<T> type() {
        return type;
    }

    @Override
    public String toString() {
        return name;
    }
}
