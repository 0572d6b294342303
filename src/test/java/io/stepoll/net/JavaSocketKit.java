package io.stepoll.net;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Where the sockets of a case come from: the JDK itself, which is the reference, or the factories of this library. */
enum JavaSocketKit {
    JDK {
        @Override
        Socket socket() {
            return new Socket();
        }

        @Override
        Socket socket(InetAddress host, int port) throws IOException {
            return new Socket(host, port);
        }

        @Override
        Socket socket(String host, int port) throws IOException {
            return new Socket(host, port);
        }

        @Override
        Socket socket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return new Socket(host, port, local, localPort);
        }

        @Override
        Socket socket(String host, int port, InetAddress local, int localPort) throws IOException {
            return new Socket(host, port, local, localPort);
        }

        @Override
        ServerSocket server() throws IOException {
            return new ServerSocket();
        }

        @Override
        ServerSocket server(int port) throws IOException {
            return new ServerSocket(port);
        }

        @Override
        ServerSocket server(int port, int backlog) throws IOException {
            return new ServerSocket(port, backlog);
        }

        @Override
        ServerSocket server(int port, int backlog, InetAddress address) throws IOException {
            return new ServerSocket(port, backlog, address);
        }
    },
    OURS {
        private final LoopSocketFactory sockets = new LoopSocketFactory();
        private final LoopServerSocketFactory servers = new LoopServerSocketFactory();

        @Override
        Socket socket() throws IOException {
            return sockets.createSocket();
        }

        @Override
        Socket socket(InetAddress host, int port) throws IOException {
            return sockets.createSocket(host, port);
        }

        @Override
        Socket socket(String host, int port) throws IOException {
            return sockets.createSocket(host, port);
        }

        @Override
        Socket socket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return sockets.createSocket(host, port, local, localPort);
        }

        @Override
        Socket socket(String host, int port, InetAddress local, int localPort) throws IOException {
            return sockets.createSocket(host, port, local, localPort);
        }

        @Override
        ServerSocket server() throws IOException {
            return servers.createServerSocket();
        }

        @Override
        ServerSocket server(int port) throws IOException {
            return servers.createServerSocket(port);
        }

        @Override
        ServerSocket server(int port, int backlog) throws IOException {
            return servers.createServerSocket(port, backlog);
        }

        @Override
        ServerSocket server(int port, int backlog, InetAddress address) throws IOException {
            return servers.createServerSocket(port, backlog, address);
        }
    };

    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    abstract Socket socket() throws IOException;

    abstract Socket socket(InetAddress host, int port) throws IOException;

    abstract Socket socket(String host, int port) throws IOException;

    abstract Socket socket(InetAddress host, int port, InetAddress local, int localPort) throws IOException;

    abstract Socket socket(String host, int port, InetAddress local, int localPort) throws IOException;

    abstract ServerSocket server() throws IOException;

    abstract ServerSocket server(int port) throws IOException;

    abstract ServerSocket server(int port, int backlog) throws IOException;

    abstract ServerSocket server(int port, int backlog, InetAddress address) throws IOException;

    /** A server socket at a free port of the loopback interface. */
    ServerSocket listening() throws IOException {
        return server(0, 0, LOOPBACK);
    }

    Pair pair() throws IOException {
        return new Pair(this, LOOPBACK);
    }

    /** Two connected sockets. */
    static final class Pair implements Closeable {
        final ServerSocket server;
        final Socket client;
        final Socket peer;
        final InputStream in;
        final OutputStream out;

        Pair(JavaSocketKit kit, InetAddress address) throws IOException {
            server = kit.server(0, 0, address);
            client = kit.socket(address, server.getLocalPort());
            peer = server.accept();
            in = client.getInputStream();
            out = client.getOutputStream();
        }

        /** The peer writes, and the bytes are there when this returns. */
        void send(String text) throws IOException, InterruptedException {
            int before = in.available();
            peer.getOutputStream().write(text.getBytes());
            while (in.available() < before + text.length()) {
                Thread.sleep(1);
            }
        }

        String receive(int count) throws IOException {
            return new String(in.readNBytes(count));
        }

        /** The client writes until there is no room left, or its wait ends. */
        void fill() throws IOException {
            byte[] much = new byte[1 << 16];
            while (true) {
                out.write(much);
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            peer.close();
            server.close();
        }
    }

    /** A server socket that takes no further connection: each connect to it waits. */
    static final class Full implements Closeable {
        /**
         * A backlog of one holds one more. These two are sure to come in; then one that does not shows that it is full.
         */
        private static final int ROOM = 2;

        private final ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        private final List<Socket> waiting = new ArrayList<>();

        Full() throws IOException {
            boolean full = false;
            while (!full) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(address(), waiting.size() <= ROOM ? 20_000 : 5);
                } catch (IOException e) {
                    full = true;
                }
            }
        }

        SocketAddress address() {
            return new InetSocketAddress(LOOPBACK, server.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    /** What has happened in a case, step by step. Ports are replaced, as each run has others. */
    static final class Transcript {
        private final StringBuilder text = new StringBuilder();

        /** Notes the value of a step, or its exception: class and message. */
        void of(String step, Callable<?> what) {
            String outcome;
            try {
                outcome = String.valueOf(what.call());
            } catch (NullPointerException e) { // the JVM's message depends on how the JDK was compiled
                outcome = e.getClass().getName();
            } catch (Exception e) {
                outcome = e.getClass().getName() + ": " + e.getMessage();
            }
            text.append(step).append(" -> ").append(outcome.replaceAll("(port=|:)\\d{4,5}\\b", "$1N")).append('\n');
        }

        /** The same for a step without a value. */
        void run(String step, Step what) {
            of(step, () -> {
                what.run();
                return "done";
            });
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }

    interface Step {
        void run() throws Exception;
    }

    /** A thread that acts a moment later, while the case waits. A case comes out alike if it does not wait yet. */
    static Thread later(Step step) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                Thread.sleep(8);
                step.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }
}
