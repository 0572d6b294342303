package io.stepoll.internal.net;

import static java.net.SocketOptions.IP_TOS;
import static java.net.SocketOptions.SO_BINDADDR;
import static java.net.SocketOptions.SO_KEEPALIVE;
import static java.net.SocketOptions.SO_LINGER;
import static java.net.SocketOptions.SO_OOBINLINE;
import static java.net.SocketOptions.SO_RCVBUF;
import static java.net.SocketOptions.SO_REUSEADDR;
import static java.net.SocketOptions.SO_REUSEPORT;
import static java.net.SocketOptions.SO_SNDBUF;
import static java.net.SocketOptions.TCP_NODELAY;

import io.stepoll.internal.io.RoamingSocket;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The options of {@code java.net.Socket} and {@code ServerSocket}: the same ones as in the JDK, with the same checks
 * and messages. There are two ways to name an option: {@link SocketOption}, and the numbers of
 * {@link java.net.SocketOptions}.
 */
final class JavaOptions {
    private static final int LONGEST_LINGER_SECONDS = 65535;
    private static final int LARGEST_BYTE = 255;
    private static final SocketKind TCP = new SocketKind(InetFamily.NUMBER, Sockets.SOCK_STREAM, Options.IPPROTO_TCP);

    private static final Set<SocketOption<?>> OF_SERVERS = of(true);
    private static final Set<SocketOption<?>> OF_CLIENTS = of(false);

    private JavaOptions() {}

    static Set<SocketOption<?>> supported(boolean server) {
        return server ? OF_SERVERS : OF_CLIENTS;
    }

    private static Set<SocketOption<?>> of(boolean server) {
        Set<SocketOption<?>> options = new HashSet<>(List.of(StandardSocketOptions.SO_RCVBUF,
                StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT, StandardSocketOptions.IP_TOS));
        if (!server) {
            options.addAll(List.of(StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_SNDBUF,
                    StandardSocketOptions.SO_LINGER, StandardSocketOptions.TCP_NODELAY));
        }
        options.addAll(OptionTable.extendedOf(TCP));
        return Collections.unmodifiableSet(options);
    }

    static int timeout(Object value) throws SocketException {
        int millis = intValue(value, "SO_TIMEOUT");
        if (millis < 0) {
            throw new SocketException("timeout < 0");
        }
        return millis;
    }

    static <T> void set(RoamingSocket socket, SocketOption<T> option, T value) throws IOException {
        if (option == StandardSocketOptions.SO_LINGER) {
            setLinger(socket, (Integer) value);
            return;
        }
        if (OptionTable.isReadOnly(option)) {
            throw new SocketException("Attempt to set read only option " + option);
        }
        int number = value instanceof Boolean flag ? flag ? 1 : 0 : (Integer) value;
        check(option, number);
        boolean first = true;
        for (OptionRow.Place<T> place : OptionTable.row(option).places(TCP)) {
            int result = JavaFailures.use(socket,
                    fd -> Sockets.setIntOption(fd, place.level(), place.number(), number));
            if (first) { // the one for the IPv4 packets of an IPv6 socket may fail
                JavaFailures.checkOption(result);
            }
            first = false;
        }
    }

    private static void check(SocketOption<?> option, int value) {
        if (isSize(option) && value < 0) {
            throw new IllegalArgumentException("Invalid send/receive buffer size");
        }
        if (option == StandardSocketOptions.IP_TOS && (value < 0 || value > LARGEST_BYTE)) {
            throw new IllegalArgumentException("Invalid IP_TOS value");
        }
    }

    private static void setLinger(RoamingSocket socket, int seconds) throws IOException {
        int allowed = Math.min(Math.max(seconds, -1), LONGEST_LINGER_SECONDS);
        OptionRow.Place<Integer> place = OptionTable.row(StandardSocketOptions.SO_LINGER).place();
        try (Scratch memory = new Scratch(place.codec().capacity())) {
            int length = place.codec().writer().write(memory.buffer(), allowed);
            JavaFailures.checkOption(JavaFailures.use(socket,
                    fd -> Options.set(fd, place.level(), place.number(), memory.address(), length)));
        }
        socket.lingerSet(allowed);
    }

    /** The kernel returns twice the size of a buffer that was set. The JDK's sockets return the half of that. */
    @SuppressWarnings("unchecked") // the value of a size is an Integer
    static <T> T get(RoamingSocket socket, SocketOption<T> option) throws IOException {
        T value = stored(socket, option);
        return isSize(option) ? (T) (Integer) ((Integer) value / 2) : value;
    }

    private static boolean isSize(SocketOption<?> option) {
        return option == StandardSocketOptions.SO_RCVBUF || option == StandardSocketOptions.SO_SNDBUF;
    }

    private static <T> T stored(RoamingSocket socket, SocketOption<T> option) throws IOException {
        OptionRow.Place<T> place = OptionTable.row(option).places(TCP).getFirst();
        int capacity = place.codec().capacity();
        try (Scratch memory = new Scratch(capacity)) {
            int length = JavaFailures.checkOption(JavaFailures.use(socket,
                    fd -> Options.get(fd, place.level(), place.number(), memory.address(), capacity)));
            return place.codec().reader().read(memory.buffer(), length);
        }
    }

    /** Sets an option by its number. */
    static void set(RoamingSocket socket, int number, Object value) throws SocketException {
        try {
            switch (number) {
                case SO_LINGER -> setLinger(socket, Boolean.FALSE.equals(value) ? -1 : intValue(value, "SO_LINGER"));
                case IP_TOS -> set(socket, StandardSocketOptions.IP_TOS, intValue(value, "IP_TOS"));
                case TCP_NODELAY -> setFlag(socket, StandardSocketOptions.TCP_NODELAY, value);
                case SO_SNDBUF -> setSize(socket, StandardSocketOptions.SO_SNDBUF, value);
                case SO_RCVBUF -> setSize(socket, StandardSocketOptions.SO_RCVBUF, value);
                case SO_KEEPALIVE -> setFlag(socket, StandardSocketOptions.SO_KEEPALIVE, value);
                case SO_REUSEADDR -> setFlag(socket, StandardSocketOptions.SO_REUSEADDR, value);
                case SO_REUSEPORT -> setFlag(socket, StandardSocketOptions.SO_REUSEPORT, value);
                case SO_OOBINLINE -> {
                    int inline = flag(value, "SO_OOBINLINE") ? 1 : 0;
                    JavaFailures.checkOption(JavaFailures.use(socket,
                            fd -> Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_OOBINLINE, inline)));
                }
                default -> throw new SocketException("Unknown option " + number);
            }
        } catch (SocketException e) {
            throw e;
        } catch (IllegalArgumentException | IOException e) {
            throw new SocketException(e.getMessage());
        }
    }

    private static void setFlag(RoamingSocket socket, SocketOption<Boolean> option, Object value) throws IOException {
        set(socket, option, flag(value, option.name()));
    }

    private static void setSize(RoamingSocket socket, SocketOption<Integer> option, Object value) throws IOException {
        int size = intValue(value, option.name());
        if (size <= 0) {
            throw new SocketException(option.name() + " <= 0");
        }
        set(socket, option, size);
    }

    private static int intValue(Object value, String name) throws SocketException {
        if (value instanceof Integer number) {
            return number;
        }
        throw new SocketException("Bad value for " + name);
    }

    private static boolean flag(Object value, String name) throws SocketException {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new SocketException("Bad value for " + name);
    }

    /** Returns the value of an option by its number. */
    static Object get(RoamingSocket socket, int number) throws SocketException {
        try {
            return switch (number) {
                case TCP_NODELAY -> get(socket, StandardSocketOptions.TCP_NODELAY);
                case SO_LINGER -> {
                    int seconds = get(socket, StandardSocketOptions.SO_LINGER);
                    yield seconds == -1 ? (Object) false : seconds;
                }
                case SO_REUSEADDR -> get(socket, StandardSocketOptions.SO_REUSEADDR);
                case SO_REUSEPORT -> get(socket, StandardSocketOptions.SO_REUSEPORT);
                case SO_BINDADDR -> localAddress(socket);
                case SO_SNDBUF -> get(socket, StandardSocketOptions.SO_SNDBUF);
                case SO_RCVBUF -> get(socket, StandardSocketOptions.SO_RCVBUF);
                case IP_TOS -> get(socket, StandardSocketOptions.IP_TOS);
                case SO_KEEPALIVE -> get(socket, StandardSocketOptions.SO_KEEPALIVE);
                case SO_OOBINLINE -> JavaFailures.checkOption(JavaFailures.use(socket,
                        fd -> Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_OOBINLINE))) != 0;
                default -> throw new SocketException("Unknown option " + number);
            };
        } catch (SocketException e) {
            throw e;
        } catch (IllegalArgumentException | IOException e) {
            throw new SocketException(e.getMessage());
        }
    }

    private static InetAddress localAddress(RoamingSocket socket) throws IOException {
        RawAddress[] local = new RawAddress[1];
        JavaFailures.use(socket, fd -> {
            local[0] = RawAddress.local(fd);
            return 0;
        });
        return local[0].inetAddress();
    }
}
