package io.stepoll;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A child's main, in which the first blocking read of any virtual thread is a task's. Afterwards the loop stands still,
 * and the reads of virtual threads on the JDK's own scheduler must go on: were the JDK's pollers on the loop, none did.
 */
public final class PollersOffTheLoop {
    private PollersOffTheLoop() {}

    /** Prints what works. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            Task<Integer> first = loop.spawn(() -> client.getInputStream().read());
            loop.callLater(10_000_000, () -> Thread.ofPlatform().start(() -> {
                try {
                    accepted.getOutputStream().write(9);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
            loop.runUntilDone();
            if (first.join() != 9) {
                throw new AssertionError("read " + first.join());
            }
            CloseWithBlockedTasks.checkUnrelated(); // the loop does not step meanwhile
            System.out.println("all work");
        }
    }
}
