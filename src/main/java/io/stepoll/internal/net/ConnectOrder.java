package io.stepoll.internal.net;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The order in which the addresses of a host name are tried. */
public final class ConnectOrder {
    private ConnectOrder() {}

    /**
     * Lets the families take turns, and keeps the order within each: RFC 8305, section 4. If one family leads nowhere,
     * the second attempt already tries the other.
     *
     * @param addresses that a look-up has found, at least one
     */
    public static List<SocketAddress> byTurns(List<? extends SocketAddress> addresses) {
        Deque<SocketAddress> ofTheFirst = new ArrayDeque<>();
        Deque<SocketAddress> others = new ArrayDeque<>();
        Class<?> first = family(addresses.getFirst());
        addresses.forEach(address -> (family(address) == first ? ofTheFirst : others).add(address));
        List<SocketAddress> sorted = new ArrayList<>();
        while (!(ofTheFirst.isEmpty() && others.isEmpty())) {
            boolean turn = others.isEmpty() || !ofTheFirst.isEmpty() && sorted.size() % 2 == 0;
            sorted.add((turn ? ofTheFirst : others).remove());
        }
        return sorted;
    }

    private static Class<?> family(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getAddress().getClass() : address.getClass();
    }
}
