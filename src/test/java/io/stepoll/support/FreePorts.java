package io.stepoll.support;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports that nobody has, neither for TCP nor for UDP. A program that is to listen at such a port may take a while to
 * start, and nobody else may get the port meanwhile. So these ports lie below those that the kernel gives to whoever
 * asks for any port (ip_local_port_range in ip(7)). JVMs that run tests at the same time begin at different ports.
 */
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int COUNT = 20_000;
    /** Multiplied by this, the numbers of processes that are neighbours are far apart. */
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private static final AtomicInteger NEXT = new AtomicInteger(
            (int) (((ProcessHandle.current().pid() * GOLDEN_RATIO) >>> Integer.SIZE) % COUNT));

    private FreePorts() {}

    /** A port that was not given before, unless all were. */
    public static int next() throws IOException {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            try {
                new ServerSocket(port).close();
                new DatagramSocket(port).close();
                return port;
            } catch (BindException taken) {
                // The next one.
            }
        }
        throw new IOException("no port is free");
    }
}
