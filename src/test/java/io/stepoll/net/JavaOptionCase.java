package io.stepoll.net;

import io.stepoll.net.JavaSocketKit.Pair;
import io.stepoll.net.JavaSocketKit.Transcript;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jdk.net.ExtendedSocketOptions;

/** What a program does with the options of a socket. {@link JavaSocketsTest} compares the outcomes. */
enum JavaOptionCase {
    SUPPORTED_BY_SOCKETS((kit, log) -> {
        try (Pair pair = kit.pair(); Socket unconnected = kit.socket()) {
            log.of("connected", () -> names(pair.client.supportedOptions()));
            log.of("accepted", () -> names(pair.peer.supportedOptions()));
            log.of("new", () -> names(unconnected.supportedOptions()));
            log.of("change", () -> pair.client.supportedOptions().remove(StandardSocketOptions.SO_RCVBUF));
        }
    }),
    SUPPORTED_BY_SERVERS((kit, log) -> {
        try (ServerSocket server = kit.listening(); ServerSocket unbound = kit.server()) {
            log.of("bound", () -> names(server.supportedOptions()));
            log.of("new", () -> names(unbound.supportedOptions()));
        }
    }),
    DEFAULTS((kit, log) -> {
        try (Pair pair = kit.pair(); Socket unconnected = kit.socket()) {
            for (Socket socket : List.of(unconnected, pair.client, pair.peer)) {
                getters(log, socket);
                for (SocketOption<?> option : sorted(socket.supportedOptions())) {
                    if (!option.name().endsWith("NAPI_ID") && !option.name().endsWith("QUICKACK")) {
                        log.of(option.name(), () -> socket.getOption(option));
                    }
                }
            }
        }
    }),
    DEFAULTS_OF_SERVERS((kit, log) -> {
        try (ServerSocket server = kit.listening(); ServerSocket unbound = kit.server()) {
            for (ServerSocket socket : List.of(unbound, server)) {
                log.of("timeout", socket::getSoTimeout);
                log.of("reuse address", socket::getReuseAddress);
                log.of("receive buffer", socket::getReceiveBufferSize);
                for (SocketOption<?> option : sorted(socket.supportedOptions())) {
                    if (!option.name().endsWith("NAPI_ID") && !option.name().endsWith("QUICKACK")) {
                        log.of(option.name(), () -> socket.getOption(option));
                    }
                }
            }
        }
    }),
    AFTER_THE_CLOSE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Set<SocketOption<?>> options = pair.client.supportedOptions();
            pair.client.close();
            getters(log, pair.client);
            for (SocketOption<?> option : sorted(options)) {
                log.of(option.name(), () -> pair.client.getOption(option));
            }
            log.run("set", () -> pair.client.setOption(StandardSocketOptions.TCP_NODELAY, true));
        }
    }),
    AFTER_THE_CLOSE_OF_A_SERVER((kit, log) -> {
        ServerSocket server = kit.listening();
        server.close();
        log.of("timeout", server::getSoTimeout);
        log.of("reuse address", server::getReuseAddress);
        log.of("receive buffer", server::getReceiveBufferSize);
        log.run("set", () -> server.setOption(StandardSocketOptions.SO_RCVBUF, 9000));
        log.of("get", () -> server.getOption(StandardSocketOptions.SO_RCVBUF));
    }),
    NO_DELAY((kit, log) -> onAndOff(kit, log, StandardSocketOptions.TCP_NODELAY, Socket::setTcpNoDelay,
            Socket::getTcpNoDelay)),
    KEEP_ALIVE((kit, log) -> onAndOff(kit, log, StandardSocketOptions.SO_KEEPALIVE, Socket::setKeepAlive,
            Socket::getKeepAlive)),
    REUSE_ADDRESS((kit, log) -> onAndOff(kit, log, StandardSocketOptions.SO_REUSEADDR, Socket::setReuseAddress,
            Socket::getReuseAddress)),
    REUSE_PORT((kit, log) -> {
        try (Socket socket = kit.socket(); ServerSocket server = kit.server()) {
            log.run("set", () -> socket.setOption(StandardSocketOptions.SO_REUSEPORT, true));
            log.of("get", () -> socket.getOption(StandardSocketOptions.SO_REUSEPORT));
            log.run("set", () -> server.setOption(StandardSocketOptions.SO_REUSEPORT, true));
            log.of("get", () -> server.getOption(StandardSocketOptions.SO_REUSEPORT));
            server.bind(null);
            try (ServerSocket second = kit.server()) {
                second.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                log.run("bind to the same port", () -> second.bind(server.getLocalSocketAddress()));
            }
        }
    }),
    OUT_OF_BAND_INLINE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.of("get", pair.client::getOOBInline);
            log.run("set", () -> pair.client.setOOBInline(true));
            log.of("get", pair.client::getOOBInline);
            log.run("set", () -> pair.client.setOOBInline(false));
            log.of("get", pair.client::getOOBInline);
        }
    }),
    LINGER((kit, log) -> {
        try (Pair pair = kit.pair()) {
            for (int seconds : new int[] {0, 7, 65535, 65536, Integer.MAX_VALUE, -1}) {
                log.run("set " + seconds, () -> pair.client.setSoLinger(true, seconds));
                log.of("get", pair.client::getSoLinger);
                log.run("option " + seconds, () -> pair.client.setOption(StandardSocketOptions.SO_LINGER, seconds));
                log.of("get", () -> pair.client.getOption(StandardSocketOptions.SO_LINGER));
            }
            log.run("off", () -> pair.client.setSoLinger(false, 9));
            log.of("get", pair.client::getSoLinger);
        }
    }),
    TIMEOUT((kit, log) -> {
        try (Pair pair = kit.pair()) {
            for (int millis : new int[] {0, 1, 12345, Integer.MAX_VALUE, -1}) {
                log.run("set " + millis, () -> pair.client.setSoTimeout(millis));
                log.of("get", pair.client::getSoTimeout);
                log.run("server, set " + millis, () -> pair.server.setSoTimeout(millis));
                log.of("get", pair.server::getSoTimeout);
            }
        }
    }),
    BUFFERS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            for (int size : new int[] {1, 1000, 3000, 65536, 1 << 30, 0, -1}) {
                log.run("send " + size, () -> pair.client.setSendBufferSize(size));
                log.of("get", pair.client::getSendBufferSize);
                log.run("option " + size, () -> pair.client.setOption(StandardSocketOptions.SO_SNDBUF, size));
                log.of("get", () -> pair.client.getOption(StandardSocketOptions.SO_SNDBUF));
                log.run("receive " + size, () -> pair.client.setReceiveBufferSize(size));
                log.of("get", pair.client::getReceiveBufferSize);
                log.run("option " + size, () -> pair.client.setOption(StandardSocketOptions.SO_RCVBUF, size));
                log.of("get", () -> pair.client.getOption(StandardSocketOptions.SO_RCVBUF));
                log.run("server " + size, () -> pair.server.setReceiveBufferSize(size));
                log.of("get", pair.server::getReceiveBufferSize);
            }
        }
    }),
    TRAFFIC_CLASS((kit, log) -> {
        try (Pair pair = kit.pair(); Socket unconnected = kit.socket()) {
            for (Socket socket : List.of(unconnected, pair.client)) {
                for (int value : new int[] {0, 4, 16, 255, 256, -1}) {
                    log.run("set " + value, () -> socket.setTrafficClass(value));
                    log.of("get", socket::getTrafficClass);
                    log.run("option " + value, () -> socket.setOption(StandardSocketOptions.IP_TOS, value));
                    log.of("get", () -> socket.getOption(StandardSocketOptions.IP_TOS));
                }
            }
            log.run("server", () -> pair.server.setOption(StandardSocketOptions.IP_TOS, 8));
            log.of("get", () -> pair.server.getOption(StandardSocketOptions.IP_TOS));
        }
    }),
    KEEP_ALIVE_TIMES((kit, log) -> {
        try (Pair pair = kit.pair()) {
            for (SocketOption<Integer> option : List.of(ExtendedSocketOptions.TCP_KEEPIDLE,
                    ExtendedSocketOptions.TCP_KEEPINTERVAL, ExtendedSocketOptions.TCP_KEEPCOUNT)) {
                for (int value : new int[] {1, 99, 0, -1, 40_000}) {
                    log.run(option + " " + value, () -> pair.client.setOption(option, value));
                    log.of("get", () -> pair.client.getOption(option));
                }
                log.run("server", () -> pair.server.setOption(option, 5));
                log.of("get", () -> pair.server.getOption(option));
            }
        }
    }),
    QUICK_ACK((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.run("set", () -> pair.client.setOption(ExtendedSocketOptions.TCP_QUICKACK, false));
            log.of("get", () -> pair.client.getOption(ExtendedSocketOptions.TCP_QUICKACK));
            log.run("set", () -> pair.client.setOption(ExtendedSocketOptions.TCP_QUICKACK, true));
            log.of("get", () -> pair.client.getOption(ExtendedSocketOptions.TCP_QUICKACK));
        }
    }),
    NAPI_ID((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.of("get", () -> pair.client.getOption(ExtendedSocketOptions.SO_INCOMING_NAPI_ID).getClass());
            log.run("set", () -> pair.client.setOption(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, 4));
            log.run("server", () -> pair.server.setOption(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, 4));
        }
    }),
    UNSUPPORTED((kit, log) -> {
        try (Pair pair = kit.pair()) {
            for (SocketOption<?> option : List.of(StandardSocketOptions.IP_MULTICAST_TTL,
                    StandardSocketOptions.SO_BROADCAST, ExtendedSocketOptions.SO_PEERCRED,
                    ExtendedSocketOptions.IP_DONTFRAGMENT)) {
                log.of(option.name(), () -> pair.client.getOption(option));
                log.of(option.name(), () -> pair.server.getOption(option));
            }
            log.run("set", () -> pair.client.setOption(StandardSocketOptions.SO_BROADCAST, true));
            log.run("set", () -> pair.server.setOption(StandardSocketOptions.SO_LINGER, 4));
            log.of("null", () -> pair.client.getOption(null));
            log.run("null", () -> pair.client.setOption(null, 1));
            log.run("null value", () -> pair.client.setOption(StandardSocketOptions.SO_RCVBUF, null));
        }
    }),
    WRONG_TYPE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            @SuppressWarnings("unchecked")
            SocketOption<Object> size = (SocketOption<Object>) (SocketOption<?>) StandardSocketOptions.SO_RCVBUF;
            log.run("text", () -> pair.client.setOption(size, "much"));
            log.run("long", () -> pair.client.setOption(size, 5L));
        }
    }),
    INHERITED((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            server.setReceiveBufferSize(20_000);
            server.setOption(StandardSocketOptions.IP_TOS, 16);
            server.setSoTimeout(10_000);
            try (Socket client = kit.socket(JavaSocketKit.LOOPBACK, server.getLocalPort());
                    Socket peer = server.accept()) {
                log.of("receive buffer", peer::getReceiveBufferSize);
                log.of("reuse address", peer::getReuseAddress);
                log.of("timeout", peer::getSoTimeout);
                log.of("client's timeout", client::getSoTimeout);
            }
        }
    }),
    PERFORMANCE_PREFERENCES((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.run("socket", () -> pair.client.setPerformancePreferences(1, 2, 3));
            log.run("server", () -> pair.server.setPerformancePreferences(1, 2, 3));
        }
    });

    private interface Setter {
        void set(Socket socket, boolean on) throws IOException;
    }

    private interface Getter {
        boolean get(Socket socket) throws IOException;
    }

    private final JavaSocketCase.Body body;

    JavaOptionCase(JavaSocketCase.Body body) {
        this.body = body;
    }

    void run(JavaSocketKit kit, Transcript log) throws Exception {
        body.run(kit, log);
    }

    private static void onAndOff(JavaSocketKit kit, Transcript log, SocketOption<Boolean> option, Setter setter,
            Getter getter) throws IOException {
        try (Pair pair = kit.pair(); Socket unconnected = kit.socket()) {
            for (Socket socket : List.of(unconnected, pair.client, pair.peer)) {
                for (boolean on : new boolean[] {true, false}) {
                    log.run("set " + on, () -> setter.set(socket, on));
                    log.of("get", () -> getter.get(socket));
                    log.of("option", () -> socket.getOption(option));
                    log.run("set option " + !on, () -> socket.setOption(option, !on));
                    log.of("get", () -> getter.get(socket));
                }
            }
        }
    }

    private static void getters(Transcript log, Socket socket) {
        log.of("timeout", socket::getSoTimeout);
        log.of("linger", socket::getSoLinger);
        log.of("no delay", socket::getTcpNoDelay);
        log.of("keep alive", socket::getKeepAlive);
        log.of("reuse address", socket::getReuseAddress);
        log.of("inline", socket::getOOBInline);
        log.of("traffic class", socket::getTrafficClass);
        log.of("send buffer", socket::getSendBufferSize);
        log.of("receive buffer", socket::getReceiveBufferSize);
    }

    private static Set<SocketOption<?>> sorted(Set<SocketOption<?>> options) {
        return options.stream().collect(Collectors.toCollection(
                () -> new TreeSet<>(Comparator.comparing(SocketOption::name))));
    }

    private static List<String> names(Set<SocketOption<?>> options) {
        return sorted(options).stream().map(option -> option.name() + ":" + option.type().getSimpleName()).toList();
    }
}
