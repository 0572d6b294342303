package io.stepoll.internal.threads;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.task.CloseWithBlockedTasks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/**
 * The main class of a child. The first virtual thread that blocks in a read is a task of a loop. Afterwards that loop
 * stands still. Virtual threads on the JDK's own scheduler must go on reading, so no JDK poller may run on the loop.
 */
public final class PollersOffTheLoop {
    private PollersOffTheLoop() {}

    /** Prints "all work". */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            Task<Integer> first = loop.spawn(() -> client.getInputStream().read());
            loop.callLater(Duration.ofMillis(10), () -> Thread.ofPlatform().start(() -> {
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
            CloseWithBlockedTasks.checkUnrelated(); // the loop does not step from here on
            System.out.println("all work");
        }
    }
}
