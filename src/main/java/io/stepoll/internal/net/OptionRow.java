package io.stepoll.internal.net;

import io.stepoll.internal.sys.Options;
import java.util.List;
import java.util.function.Predicate;

/**
 * What the library knows about an option.
 *
 * @param sockets which kinds of sockets have the option
 * @param place where the option is
 * @param place6 where the option is on an IPv6 socket; null for the same place
 * @param <T> the type of the value
 */
record OptionRow<T>(Predicate<SocketKind> sockets, Place<T> place, Place<T> place6) {
    /** A level and a number of setsockopt(2), and how the value lies in memory. */
    record Place<T>(int level, int number, OptionCodec<T> codec) {}

    /**
     * The places of the option on a socket. A value is read from the first and written to all: an IPv6 socket has
     * settings of its own for the IPv4 packets that it sends.
     */
    List<Place<T>> places(SocketKind kind) {
        return place6 != null && kind.isInet6() ? List.of(place6, place) : List.of(place);
    }

    static <T> OptionRow<T> socket(Predicate<SocketKind> sockets, int number, OptionCodec<T> codec) {
        return new OptionRow<>(sockets, new Place<>(Options.SOL_SOCKET, number, codec), null);
    }

    static <T> OptionRow<T> tcp(int number, OptionCodec<T> codec) {
        return new OptionRow<>(SocketKind::isTcp, new Place<>(Options.IPPROTO_TCP, number, codec), null);
    }

    static <T> OptionRow<T> ipv6(int number, OptionCodec<T> codec) {
        return new OptionRow<>(SocketKind::isInet6, new Place<>(Options.IPPROTO_IPV6, number, codec), null);
    }

    static <T> OptionRow<T> ip(Predicate<SocketKind> sockets, int number, int number6, OptionCodec<T> codec) {
        return ip(sockets, number, codec, number6, codec);
    }

    static <T> OptionRow<T> ip(Predicate<SocketKind> sockets, int number, OptionCodec<T> codec, int number6,
            OptionCodec<T> codec6) {
        return new OptionRow<>(sockets, new Place<>(Options.IPPROTO_IP, number, codec),
                new Place<>(Options.IPPROTO_IPV6, number6, codec6));
    }
}
