package io.stepoll.bench.side;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A listening server, in a process of its own on one processor. */
final class RunningServer implements AutoCloseable {
    private final Server server;
    private final String address;
    private final Process process;

    private RunningServer(Server server, String address, Process process) {
        this.server = server;
        this.address = address;
        this.process = process;
    }

    /** Starts a server and waits until it listens. */
    static RunningServer start(Server server, String transport, Settings settings, List<String> jvmFlags)
            throws IOException {
        String address = freeAddress(transport, server);
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", // with this process
                "taskset", "-c", Integer.toString(settings.serverCpu())));
        command.addAll(server.command(address, settings.programs(), jvmFlags));
        Process process = Children.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        RunningServer running = new RunningServer(server, address, process);
        BufferedReader reader = process.inputReader();
        String line = reader.readLine();
        if (!"READY".equals(line)) {
            running.close();
            throw new IOException(server.title + " on " + address + " did not start; it printed: " + line);
        }
        running.pause();
        return running;
    }

    static String freeAddress(String transport, Server server) throws IOException {
        if (transport.equals("unix")) {
            Path directory = Files.createTempDirectory("stepoll-bench");
            directory.toFile().deleteOnExit();
            Path path = directory.resolve(server.name());
            path.toFile().deleteOnExit();
            return "unix:" + path;
        }
        InetAddress host = InetAddress.getByName("127.0.0.1");
        try (ServerSocket free = new ServerSocket(0, 1, host)) {
            return transport + ":127.0.0.1:" + free.getLocalPort();
        }
    }

    Server server() {
        return server;
    }

    String address() {
        return address;
    }

    long pid() {
        return process.pid(); // setpriv and taskset execute the server in their process
    }

    /** Keeps the server from using CPU until {@link #resume}: a server that spins is stopped; the others sleep. */
    void pause() throws IOException {
        if (server.spins()) {
            Children.signal(process, "STOP");
        }
    }

    void resume() throws IOException {
        if (server.spins()) {
            Children.signal(process, "CONT");
        }
    }

    @Override
    public void close() {
        if (server.spins()) {
            process.destroyForcibly(); // a stopped process handles no other signal
        }
        Children.end(process);
    }
}
