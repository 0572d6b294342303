package io.stepoll.bench.side;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server that speaks the protocol of Redis, in a process of its own on one processor. */
final class CommandServer implements AutoCloseable {
    private static final int TRIES = 3000;
    private static final int PAUSE_MILLIS = 10;

    /** The kinds of servers. */
    enum Kind {
        EXAMPLE("examples' RedisServer"),
        REDIS("redis-server"),
        /** The same as the former: their difference is the noise. */
        REDIS_AGAIN("redis-server, again");

        final String title;

        Kind(String title) {
            this.title = title;
        }

        private List<String> command(Settings settings, int port) {
            if (this != EXAMPLE) {
                return List.of("redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "",
                        "--appendonly", "no", "--io-threads", "1", "--loglevel", "warning");
            }
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(settings.jvmFlags());
            command.addAll(List.of("-cp", Path.of("target", "classes") + ":" + Path.of("target", "examples"),
                    "io.stepoll.examples.RedisServer", "tcp:127.0.0.1:" + port));
            return command;
        }
    }

    final Kind kind;
    final int port;
    private final Process process;

    /** Starts a server, and waits until it answers. */
    CommandServer(Settings settings, Kind kind) throws IOException {
        this.kind = kind;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", // with this process
                "taskset", "-c", Integer.toString(settings.serverCpu())));
        command.addAll(kind.command(settings, port));
        process = Children.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
        try {
            awaitAnswer();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void awaitAnswer() throws IOException {
        for (int tries = 0;; tries++) {
            try {
                ask("PING");
                return;
            } catch (IOException e) {
                if (tries == TRIES || !process.isAlive()) {
                    throw new IOException(kind.title + " did not start", e);
                }
                Waits.sleep(PAUSE_MILLIS);
            }
        }
    }

    /** Sends a command, and waits for an answer of one line. */
    void ask(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            InputStream input = socket.getInputStream();
            int next = input.read();
            while (next != '\n') {
                if (next < 0) {
                    throw new IOException("no answer to " + command);
                }
                next = input.read();
            }
        }
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        Children.end(process);
    }
}
