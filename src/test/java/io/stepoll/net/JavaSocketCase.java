package io.stepoll.net;

import static io.stepoll.net.JavaSocketKit.LOOPBACK;

import io.stepoll.net.JavaSocketKit.Full;
import io.stepoll.net.JavaSocketKit.Pair;
import io.stepoll.net.JavaSocketKit.Transcript;
import io.stepoll.support.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Arrays;
import java.util.concurrent.Callable;

/** What a program does with a socket. {@link JavaSocketsTest} compares the outcomes. */
enum JavaSocketCase {
    NEW_SOCKET((kit, log) -> {
        try (Socket socket = kit.socket()) {
            state(log, socket);
        }
    }),
    CLOSED_NEW_SOCKET((kit, log) -> {
        Socket socket = kit.socket();
        socket.close();
        socket.close();
        state(log, socket);
        all(log, socket);
    }),
    BOUND_SOCKET((kit, log) -> {
        try (Socket socket = kit.socket()) {
            socket.bind(null);
            state(log, socket);
            all(log, socket);
        }
    }),
    BOUND_TO_AN_ADDRESS((kit, log) -> {
        try (Socket socket = kit.socket()) {
            socket.bind(new InetSocketAddress(LOOPBACK, 0));
            state(log, socket);
            log.run("bind again", () -> socket.bind(null));
        }
    }),
    CONNECTED_SOCKET((kit, log) -> {
        try (Pair pair = kit.pair()) {
            state(log, pair.client);
            log.run("connect again", () -> pair.client.connect(pair.server.getLocalSocketAddress()));
            log.run("bind", () -> pair.client.bind(null));
        }
    }),
    ACCEPTED_SOCKET((kit, log) -> {
        try (Pair pair = kit.pair()) {
            state(log, pair.peer);
            log.of("same ports", () -> pair.peer.getPort() == pair.client.getLocalPort()
                    && pair.peer.getLocalPort() == pair.client.getPort());
        }
    }),
    CLOSED_CONNECTED_SOCKET((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.close();
            state(log, pair.client);
            all(log, pair.client);
        }
    }),
    NEW_SERVER((kit, log) -> {
        try (ServerSocket server = kit.server()) {
            state(log, server);
            log.of("accept", server::accept);
        }
    }),
    BOUND_SERVER((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            state(log, server);
            log.run("bind again", () -> server.bind(null));
        }
    }),
    SERVER_ON_ALL_ADDRESSES((kit, log) -> {
        try (ServerSocket server = kit.server(0); ServerSocket other = kit.server(0, 5)) {
            state(log, server);
            state(log, other);
        }
    }),
    SERVER_BOUND_LATER((kit, log) -> {
        try (ServerSocket server = kit.server()) {
            server.bind(new InetSocketAddress(0), -3);
            state(log, server);
        }
    }),
    CLOSED_SERVER((kit, log) -> {
        ServerSocket server = kit.listening();
        server.close();
        server.close();
        state(log, server);
        log.of("accept", server::accept);
        log.run("bind", () -> server.bind(null));
        log.of("options", () -> server.supportedOptions().size());
    }),
    CLOSED_UNBOUND_SERVER((kit, log) -> {
        ServerSocket server = kit.server();
        server.close();
        log.of("accept", server::accept);
        log.run("bind", () -> server.bind(null));
    }),
    SERVER_PORT_OUT_OF_RANGE((kit, log) -> {
        log.of("-1", () -> kit.server(-1));
        log.of("65536", () -> kit.server(65536, 1));
    }),
    SERVER_PORT_IN_USE((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            log.of("server", () -> kit.server(server.getLocalPort(), 0, LOOPBACK));
            try (Socket socket = kit.socket()) {
                log.run("socket", () -> socket.bind(server.getLocalSocketAddress()));
                state(log, socket);
            }
        }
    }),
    BIND_TO_A_FOREIGN_ADDRESS((kit, log) -> {
        InetAddress foreign = InetAddress.ofLiteral("192.0.2.1");
        log.of("server", () -> kit.server(0, 0, foreign));
        try (Socket socket = kit.socket()) {
            log.run("socket", () -> socket.bind(new InetSocketAddress(foreign, 0)));
            state(log, socket);
        }
    }),
    BIND_UNRESOLVED((kit, log) -> {
        try (Socket socket = kit.socket(); ServerSocket server = kit.server()) {
            log.run("socket", () -> socket.bind(InetSocketAddress.createUnresolved("nowhere.invalid", 0)));
            log.run("server", () -> server.bind(InetSocketAddress.createUnresolved("nowhere.invalid", 0)));
        }
    }),
    BIND_TO_NO_INET_ADDRESS((kit, log) -> {
        try (Socket socket = kit.socket(); ServerSocket server = kit.server()) {
            log.run("socket", () -> socket.bind(new SocketAddress() {}));
            log.run("server", () -> server.bind(new SocketAddress() {}));
        }
    }),
    CONNECT_REFUSED((kit, log) -> {
        int port = FreePorts.next();
        try (Socket socket = kit.socket()) {
            log.run("connect", () -> socket.connect(new InetSocketAddress(LOOPBACK, port)));
            state(log, socket);
            log.run("again", () -> socket.connect(new InetSocketAddress(LOOPBACK, port)));
        }
    }),
    CONNECT_REFUSED_WITH_A_TIMEOUT((kit, log) -> {
        try (Socket socket = kit.socket()) {
            log.run("connect",
                    () -> socket.connect(new InetSocketAddress(LOOPBACK, FreePorts.next()), 5000));
            state(log, socket);
        }
    }),
    CONSTRUCTED_REFUSED((kit, log) -> {
        int port = FreePorts.next();
        log.of("name", () -> kit.socket("localhost", port));
        log.of("address", () -> kit.socket(LOOPBACK, port));
        log.of("local", () -> kit.socket(LOOPBACK, port, LOOPBACK, 0));
        log.of("name, local", () -> kit.socket("127.0.0.1", port, null, 0));
    }),
    CONNECT_TIMED_OUT((kit, log) -> {
        try (Full full = new Full(); Socket socket = kit.socket()) {
            log.run("connect", () -> socket.connect(full.address(), 10));
            state(log, socket);
        }
    }),
    CONNECT_CLOSED_MEANWHILE((kit, log) -> {
        try (Full full = new Full(); Socket socket = kit.socket()) {
            Thread closing = JavaSocketKit.later(socket::close);
            log.run("connect", () -> untilClosed(() -> {
                socket.connect(full.address());
                return null;
            }));
            closing.join();
            state(log, socket);
        }
    }),
    CONNECT_UNREACHABLE((kit, log) -> {
        for (String host : new String[] {"255.255.255.255", "224.0.0.1", "ff02::1"}) {
            try (Socket socket = kit.socket()) {
                log.run(host, () -> socket.connect(new InetSocketAddress(InetAddress.ofLiteral(host), 9), 20_000));
                log.of("closed", socket::isClosed);
            }
        }
    }),
    CONNECT_UNRESOLVED((kit, log) -> {
        try (Socket socket = kit.socket()) {
            log.run("connect", () -> socket.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 80)));
            state(log, socket);
        }
    }),
    CONNECT_TO_NOTHING((kit, log) -> {
        try (Socket socket = kit.socket()) {
            log.run("null", () -> socket.connect(null));
            log.run("no inet address", () -> socket.connect(new SocketAddress() {}));
            log.run("negative timeout", () -> socket.connect(new InetSocketAddress(LOOPBACK, 1), -1));
            state(log, socket);
        }
    }),
    CONSTRUCTED_WITH_A_BAD_PORT((kit, log) -> {
        log.of("-1", () -> kit.socket(LOOPBACK, -1));
        log.of("65536", () -> kit.socket("127.0.0.1", 65536));
        log.of("local -1", () -> kit.socket(LOOPBACK, 1, LOOPBACK, -1));
        log.of("no host", () -> kit.socket((InetAddress) null, 1) == null);
        log.of("port 0", () -> kit.socket(LOOPBACK, 0));
    }),
    CONNECT_TO_THE_WILDCARD_ADDRESS((kit, log) -> {
        try (ServerSocket server = kit.server(0); Socket socket = kit.socket()) {
            log.run("connect", () -> socket.connect(new InetSocketAddress(server.getLocalPort()), 5000));
            log.of("connected", socket::isConnected);
            log.of("wildcard", () -> socket.getInetAddress().isAnyLocalAddress());
        }
    }),
    CONSTRUCTED((kit, log) -> {
        try (ServerSocket server = kit.server(0, 0, null);
                Socket byName = kit.socket("localhost", server.getLocalPort());
                Socket byNull = kit.socket((String) null, server.getLocalPort());
                Socket local = kit.socket(LOOPBACK, server.getLocalPort(), LOOPBACK, 0);
                Socket anyLocal = kit.socket("127.0.0.1", server.getLocalPort(), null, 0)) {
            for (Socket socket : new Socket[] {byName, byNull, local, anyLocal}) {
                state(log, socket);
            }
        }
    }),
    CONNECTED_BY_IPV6((kit, log) -> {
        InetAddress loopback = InetAddress.ofLiteral("::1");
        log.run("listen", () -> kit.server(0, 0, loopback).close());
        if (log.toString().contains("Exception")) {
            return; // the machine has no IPv6, or the JVM does not use it
        }
        try (Pair pair = new Pair(kit, loopback)) {
            state(log, pair.client);
            state(log, pair.peer);
            state(log, pair.server);
        }
    }),
    IPV4_CLIENT_OF_A_DUAL_STACK_SERVER((kit, log) -> {
        try (ServerSocket server = kit.server(0); Socket client = kit.socket(LOOPBACK, server.getLocalPort());
                Socket peer = server.accept()) {
            state(log, client);
            state(log, peer);
        }
    }),
    ACCEPT_TIMED_OUT((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            server.setSoTimeout(5);
            log.of("accept", server::accept);
            try (Socket client = kit.socket(LOOPBACK, server.getLocalPort()); Socket peer = server.accept()) {
                log.of("accepted", () -> peer.getPort() == client.getLocalPort());
                log.of("timeout of the connection", peer::getSoTimeout);
            }
            log.of("accept again", server::accept);
        }
    }),
    ACCEPT_CLOSED_MEANWHILE((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            Thread closing = JavaSocketKit.later(server::close);
            log.of("accept", () -> untilClosed(server::accept));
            closing.join();
            state(log, server);
        }
    }),
    ACCEPT_CLOSED_MEANWHILE_WITH_A_TIMEOUT((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            server.setSoTimeout(20_000);
            Thread closing = JavaSocketKit.later(server::close);
            log.of("accept", () -> untilClosed(server::accept));
            closing.join();
        }
    }),
    ACCEPT_AFTER_THE_CLIENT_HAS_GONE((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            Socket client = kit.socket(LOOPBACK, server.getLocalPort());
            client.getOutputStream().write(7);
            client.close();
            try (Socket peer = server.accept()) {
                log.of("byte", () -> peer.getInputStream().read());
                log.of("end", () -> peer.getInputStream().read());
            }
        }
    }),
    RESET_BEFORE_THE_ACCEPT((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            Socket client = kit.socket(LOOPBACK, server.getLocalPort());
            int port = client.getLocalPort();
            client.setSoLinger(true, 0);
            client.close();
            try (Socket peer = server.accept()) {
                state(log, peer);
                log.of("port of the client", () -> peer.getPort() == port);
                log.of("read", () -> peer.getInputStream().read());
            }
        }
    }),
    CONNECTION_OUTLIVES_ITS_SERVER((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.server.close();
            pair.send("still");
            log.of("read", () -> pair.receive(5));
        }
    }),
    CLOSED_SERVER_RESETS_ITS_BACKLOG((kit, log) -> {
        ServerSocket server = kit.listening();
        try (Socket client = kit.socket(LOOPBACK, server.getLocalPort())) {
            server.close();
            log.of("read", () -> client.getInputStream().read());
        }
    }),
    READ_ONE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.peer.getOutputStream().write(0xff);
            pair.peer.getOutputStream().write(0x101);
            log.of("first", pair.in::read);
            log.of("second", pair.in::read);
        }
    }),
    READ_MORE_THAN_THERE_IS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.send("abc");
            byte[] array = new byte[10];
            log.of("read", () -> pair.in.read(array, 2, 8));
            log.of("array", () -> Arrays.toString(array));
        }
    }),
    READ_NOTHING((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.of("empty array", () -> pair.in.read(new byte[0]));
            log.of("no length", () -> pair.in.read(new byte[3], 3, 0));
            pair.client.close();
            log.of("after the close", () -> pair.in.read(new byte[0]));
        }
    }),
    READ_OUT_OF_BOUNDS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.of("null", () -> pair.in.read(null));
            log.of("null, 0", () -> pair.in.read(null, 0, 0));
            log.of("offset", () -> pair.in.read(new byte[3], -1, 2));
            log.of("length", () -> pair.in.read(new byte[3], 1, 3));
            log.of("negative length", () -> pair.in.read(new byte[3], 1, -1));
        }
    }),
    WRITE_NOTHING((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.run("empty", () -> pair.out.write(new byte[0]));
            log.run("no length", () -> pair.out.write(new byte[3], 3, 0));
            pair.client.close();
            log.run("after the close", () -> pair.out.write(new byte[0]));
        }
    }),
    WRITE_OUT_OF_BOUNDS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.run("null", () -> pair.out.write(null));
            log.run("null, 0", () -> pair.out.write(null, 0, 0));
            log.run("offset", () -> pair.out.write(new byte[3], -1, 2));
            log.run("length", () -> pair.out.write(new byte[3], 1, 3));
            log.run("flush", pair.out::flush);
        }
    }),
    END_OF_THE_STREAM((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.send("xy");
            pair.peer.close();
            log.of("bytes", () -> pair.receive(2));
            log.of("read", pair.in::read);
            log.of("array", () -> pair.in.read(new byte[9]));
            log.of("available", pair.in::available);
            pair.client.close();
            log.of("read after the close", pair.in::read);
            log.of("available after the close", pair.in::available);
        }
    }),
    CLOSED_BY_READ_AFTER_THE_END((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.peer.shutdownOutput();
            log.of("read", pair.in::read);
            pair.out.write(1);
            log.of("the other way", () -> pair.peer.getInputStream().read());
        }
    }),
    SKIP_AND_TRANSFER((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.send("0123456789");
            pair.peer.shutdownOutput();
            log.of("skip", () -> pair.in.skip(3));
            log.run("skipNBytes", () -> pair.in.skipNBytes(2));
            log.of("mark", pair.in::markSupported);
            log.run("reset", pair.in::reset);
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            log.of("transferTo", () -> pair.in.transferTo(rest));
            log.of("rest", rest::toString);
            log.of("skip at the end", () -> pair.in.skip(1));
        }
    }),
    AVAILABLE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.of("nothing", pair.in::available);
            pair.send("12345");
            log.of("five", pair.in::available);
            pair.in.read();
            log.of("four", pair.in::available);
        }
    }),
    READ_TIMED_OUT((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoTimeout(5);
            long beginNanos = System.nanoTime();
            log.of("read", pair.in::read);
            log.of("not early", () -> System.nanoTime() - beginNanos >= 5_000_000);
            log.of("closed", pair.client::isClosed);
            pair.send("ab");
            log.of("read again", () -> pair.receive(2));
            log.of("and again", () -> pair.in.read(new byte[3]));
            pair.client.setSoTimeout(0);
            JavaSocketKit.later(() -> pair.peer.getOutputStream().write(9));
            log.of("without a timeout", pair.in::read);
        }
    }),
    READ_IN_TIME((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoTimeout(20_000);
            JavaSocketKit.later(() -> pair.peer.getOutputStream().write(5));
            log.of("read", pair.in::read);
        }
    }),
    READ_CLOSED_MEANWHILE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Thread closing = JavaSocketKit.later(pair.client::close);
            log.of("read", pair.in::read);
            closing.join();
            log.of("again", pair.in::read);
            log.of("peer", () -> pair.peer.getInputStream().read());
        }
    }),
    READ_WITH_A_TIMEOUT_CLOSED_MEANWHILE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoTimeout(20_000);
            Thread closing = JavaSocketKit.later(pair.client::close);
            log.of("read", () -> pair.in.read(new byte[5]));
            closing.join();
        }
    }),
    READ_CLOSED_MEANWHILE_BY_A_RESET((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoLinger(true, 0);
            Thread closing = JavaSocketKit.later(pair.client::close);
            log.of("read", pair.in::read);
            closing.join();
            log.of("peer", () -> pair.peer.getInputStream().read());
        }
    }),
    STREAMS_CLOSE_THEIR_SOCKET((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.in.close();
            state(log, pair.client);
            pair.peer.getOutputStream().close();
            state(log, pair.peer);
        }
    }),
    WRITE_CLOSED_MEANWHILE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Thread closing = JavaSocketKit.later(pair.client::close);
            log.run("write", pair::fill);
            closing.join();
            log.run("again", () -> pair.out.write(1));
        }
    }),
    WRITE_CLOSED_MEANWHILE_BY_A_RESET((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoLinger(true, 0);
            Thread closing = JavaSocketKit.later(pair.client::close);
            log.run("write", pair::fill);
            closing.join();
        }
    }),
    READ_AND_WRITE_CLOSED_MEANWHILE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Transcript reader = new Transcript();
            Thread reading = JavaSocketKit.later(() -> reader.of("read", pair.in::read));
            Thread closing = JavaSocketKit.later(() -> {
                Thread.sleep(15);
                pair.client.close();
            });
            log.run("write", pair::fill);
            closing.join();
            reading.join();
            log.of("reader", () -> reader);
        }
    }),
    RESET_BY_THE_PEER((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.peer.setSoLinger(true, 0);
            pair.peer.close();
            log.of("read", pair.in::read);
            log.of("read again", () -> pair.in.read(new byte[3]));
            log.of("available", pair.in::available);
            log.run("write", () -> pair.out.write(1));
            log.run("write again", () -> pair.out.write(1));
            log.run("shutdownInput", pair.client::shutdownInput);
            log.run("shutdownOutput", pair.client::shutdownOutput);
            log.of("no delay", pair.client::getTcpNoDelay);
        }
    }),
    RESET_WHILE_READING((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.peer.setSoLinger(true, 0);
            Thread closing = JavaSocketKit.later(pair.peer::close);
            log.of("read", pair.in::read);
            closing.join();
        }
    }),
    RESET_AFTER_BYTES((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.send("lost");
            pair.peer.setSoLinger(true, 0);
            pair.peer.close();
            log.of("read", () -> pair.in.read(new byte[9]));
        }
    }),
    RESET_WHILE_WRITING((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.peer.setSoLinger(true, 0);
            Thread closing = JavaSocketKit.later(pair.peer::close);
            log.run("write", pair::fill);
            closing.join();
            log.run("write again", () -> pair.out.write(1));
        }
    }),
    CLOSED_WITH_UNREAD_BYTES((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.send("unread");
            pair.client.close();
            log.of("peer reads", () -> pair.peer.getInputStream().read());
        }
    }),
    BROKEN_PIPE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.peer.close();
            log.of("end", pair.in::read);
            pair.out.write(1);
            while (pair.in.available() == 0 && !isBroken(pair)) {
                Thread.sleep(1);
            }
            log.run("write", () -> pair.out.write(1));
        }
    }),
    SHUTDOWN_OUTPUT((kit, log) -> {
        try (Pair pair = kit.pair()) {
            log.run("shut down", pair.client::shutdownOutput);
            state(log, pair.client);
            log.run("write", () -> pair.out.write(1));
            log.of("stream", pair.client::getOutputStream);
            log.run("twice", pair.client::shutdownOutput);
            log.of("peer", () -> pair.peer.getInputStream().read());
            pair.send("back");
            log.of("read", () -> pair.receive(4));
        }
    }),
    SHUTDOWN_INPUT((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.send("gone");
            log.run("shut down", pair.client::shutdownInput);
            state(log, pair.client);
            log.of("available", pair.in::available);
            log.of("read", pair.in::read);
            log.of("stream", pair.client::getInputStream);
            log.run("twice", pair.client::shutdownInput);
            log.run("peer writes", () -> pair.peer.getOutputStream().write(1));
            log.of("read again", pair.in::read);
            log.run("write", () -> pair.out.write(3));
            log.of("peer reads", () -> pair.peer.getInputStream().read());
        }
    }),
    SHUTDOWN_INPUT_MEANWHILE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Thread shutting = JavaSocketKit.later(pair.client::shutdownInput);
            log.of("read", pair.in::read);
            shutting.join();
        }
    }),
    SHUTDOWN_OUTPUT_MEANWHILE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Thread shutting = JavaSocketKit.later(pair.client::shutdownOutput);
            log.run("write", pair::fill);
            shutting.join();
        }
    }),
    SHUTDOWN_BOTH((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.shutdownInput();
            pair.client.shutdownOutput();
            state(log, pair.client);
            log.of("read", pair.in::read);
            log.run("write", () -> pair.out.write(1));
            pair.client.close();
            log.run("after the close", pair.client::shutdownInput);
        }
    }),
    SHUTDOWN_UNCONNECTED((kit, log) -> {
        try (Socket socket = kit.socket()) {
            log.run("input", socket::shutdownInput);
            log.run("output", socket::shutdownOutput);
            log.of("input stream", socket::getInputStream);
            log.of("output stream", socket::getOutputStream);
        }
    }),
    URGENT_DATA_OF_THE_PEER((kit, log) -> {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                Socket client = kit.socket(LOOPBACK, server.getLocalPort()); Socket peer = server.accept()) {
            peer.getOutputStream().write('a');
            peer.sendUrgentData('!');
            peer.getOutputStream().write('b');
            peer.shutdownOutput();
            log.of("read", () -> new String(client.getInputStream().readAllBytes()));
        }
    }),
    URGENT_DATA_INLINE((kit, log) -> {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                Socket client = kit.socket(LOOPBACK, server.getLocalPort()); Socket peer = server.accept()) {
            client.setOOBInline(true);
            peer.getOutputStream().write('a');
            peer.sendUrgentData('!');
            peer.getOutputStream().write('b');
            peer.shutdownOutput();
            log.of("read", () -> new String(client.getInputStream().readAllBytes()));
        }
    }),
    MEGABYTES_BOTH_WAYS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            byte[] sent = new byte[3 << 20];
            for (int i = 0; i < sent.length; i++) {
                sent[i] = (byte) (i * 31 + (i >> 8));
            }
            Thread echo = Thread.ofPlatform().start(() -> {
                try {
                    pair.peer.getInputStream().transferTo(pair.peer.getOutputStream());
                    pair.peer.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    pair.out.write(sent);
                    pair.client.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            log.of("same", () -> Arrays.equals(sent, pair.in.readAllBytes()));
            writer.join();
            echo.join();
        }
    }),
    TWO_READERS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            int[] other = new int[1];
            Thread reader = Thread.ofPlatform().start(() -> {
                try {
                    other[0] = pair.in.read();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Thread writer = JavaSocketKit.later(() -> pair.peer.getOutputStream().write(new byte[] {4, 4}));
            log.of("read", pair.in::read);
            reader.join();
            writer.join();
            log.of("other", () -> other[0]);
        }
    }),
    TWO_WRITERS((kit, log) -> {
        try (Pair pair = kit.pair()) {
            byte[] ones = new byte[1 << 20];
            byte[] twos = new byte[1 << 20];
            Arrays.fill(ones, (byte) 1);
            Arrays.fill(twos, (byte) 2);
            byte[] first = new byte[1 << 20];
            byte[] second = new byte[1 << 20];
            Thread reader = JavaSocketKit.later(() -> {
                pair.peer.getInputStream().readNBytes(first, 0, first.length);
                pair.peer.getInputStream().readNBytes(second, 0, second.length);
            });
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    pair.out.write(ones);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            pair.out.write(twos);
            writer.join();
            reader.join();
            log.of("whole", () -> Arrays.equals(first, ones) && Arrays.equals(second, twos)
                    || Arrays.equals(first, twos) && Arrays.equals(second, ones));
        }
    }),
    INTERRUPTED_READ((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoTimeout(interruptedMillis());
            Thread reader = Thread.currentThread();
            Thread interrupting = JavaSocketKit.later(reader::interrupt);
            log.of("read", pair.in::read);
            awaitEnd(interrupting);
            log.of("status", Thread::interrupted);
            state(log, pair.client);
        }
    }),
    INTERRUPTED_BEFORE_A_READ((kit, log) -> {
        try (Pair pair = kit.pair()) {
            pair.client.setSoTimeout(5);
            pair.send("a");
            Thread.currentThread().interrupt();
            log.of("byte", pair.in::read);
            log.of("still interrupted", Thread.currentThread()::isInterrupted);
            log.of("nothing", pair.in::read);
            log.of("status", Thread::interrupted);
            log.of("closed", pair.client::isClosed);
        }
    }),
    INTERRUPTED_WRITE((kit, log) -> {
        try (Pair pair = kit.pair()) {
            Thread writer = Thread.currentThread();
            Thread interrupting = JavaSocketKit.later(() -> {
                writer.interrupt();
                if (!writer.isVirtual()) { // whose write an interrupt does not end
                    Thread.sleep(15); // the interrupt comes first; nothing tells when it has come to nothing
                    pair.peer.close();
                }
            });
            try {
                pair.fill();
            } catch (IOException e) {
                log.of("closed by the interrupt", () -> e.getMessage().equals("Closed by interrupt"));
            }
            awaitEnd(interrupting);
            log.of("status", Thread::interrupted);
            log.of("closed", pair.client::isClosed);
        }
    }),
    INTERRUPTED_ACCEPT((kit, log) -> {
        try (ServerSocket server = kit.listening()) {
            server.setSoTimeout(interruptedMillis());
            Thread acceptor = Thread.currentThread();
            Thread interrupting = JavaSocketKit.later(acceptor::interrupt);
            log.of("accept", server::accept);
            awaitEnd(interrupting);
            log.of("status", Thread::interrupted);
            log.of("closed", server::isClosed);
        }
    }),
    INTERRUPTED_CONNECT((kit, log) -> {
        try (Full full = new Full(); Socket socket = kit.socket()) {
            Thread connecting = Thread.currentThread();
            Thread interrupting = JavaSocketKit.later(connecting::interrupt);
            log.run("connect", () -> socket.connect(full.address(), interruptedMillis()));
            awaitEnd(interrupting);
            log.of("status", Thread::interrupted);
            log.of("closed", socket::isClosed);
        }
    });

    /** What a case does. */
    interface Body {
        void run(JavaSocketKit kit, Transcript log) throws Exception;
    }

    private final Body body;

    JavaSocketCase(Body body) {
        this.body = body;
    }

    void run(JavaSocketKit kit, Transcript log) throws Exception {
        body.run(kit, log);
    }

    /** The JDK has other words for a call behind the close. Which of the two comes first is up to the machine. */
    static <T> T untilClosed(Callable<T> call) throws Exception {
        try {
            return call.call();
        } catch (SocketException e) {
            throw e.getMessage().equals("Socket is closed") ? new SocketException("Socket closed") : e;
        }
    }

    /** The timeout of a call that is to be interrupted. An interrupt does not end the wait of a platform thread. */
    private static int interruptedMillis() {
        return Thread.currentThread().isVirtual() ? 20_000 : 40;
    }

    /** By a thread that may be interrupted. */
    private static void awaitEnd(Thread other) {
        while (other.isAlive()) {
            Thread.yield();
        }
    }

    private static void state(Transcript log, Socket socket) {
        log.of("bound", socket::isBound);
        log.of("connected", socket::isConnected);
        log.of("closed", socket::isClosed);
        log.of("input shut down", socket::isInputShutdown);
        log.of("output shut down", socket::isOutputShutdown);
        log.of("address", socket::getInetAddress);
        log.of("port", () -> Integer.signum(socket.getPort()));
        log.of("local address", socket::getLocalAddress);
        log.of("local port", () -> Integer.signum(socket.getLocalPort()));
        log.of("remote", socket::getRemoteSocketAddress);
        log.of("local", socket::getLocalSocketAddress);
        log.of("channel", socket::getChannel);
        log.of("text", socket::toString);
    }

    private static void state(Transcript log, ServerSocket server) {
        log.of("bound", server::isBound);
        log.of("closed", server::isClosed);
        log.of("address", server::getInetAddress);
        log.of("local port", () -> Integer.signum(server.getLocalPort()));
        log.of("local", server::getLocalSocketAddress);
        log.of("channel", server::getChannel);
        log.of("text", server::toString);
    }

    /** Each method that may be refused in the state of a socket. */
    private static void all(Transcript log, Socket socket) {
        log.of("input stream", socket::getInputStream);
        log.of("output stream", socket::getOutputStream);
        log.run("shutdownInput", socket::shutdownInput);
        log.run("shutdownOutput", socket::shutdownOutput);
        log.run("connect", () -> socket.connect(new InetSocketAddress(LOOPBACK, FreePorts.next())));
        log.run("bind", () -> socket.bind(null));
        log.of("no delay", socket::getTcpNoDelay);
        log.of("timeout", socket::getSoTimeout);
        log.run("set timeout", () -> socket.setSoTimeout(3));
        log.run("set no delay", () -> socket.setTcpNoDelay(true));
        log.of("option names", () -> socket.supportedOptions().size());
    }

    private static boolean isBroken(Pair pair) {
        try {
            pair.client.getInputStream();
            return pair.client.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }
}
