package io.stepoll.examples;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** A request under a deadline, with a shorter deadline over a part of it. A second request is cancelled. */
public final class Deadlines {
    private Deadlines() {}

    /** Prints how each request ends. */
    public static void main(String[] arguments) throws Exception {
        // The time jumps: nothing here depends on how fast the machine is. A server has EventLoop.open().
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            StreamSocket[] one = StreamSocket.pair(loop);
            StreamSocket[] two = StreamSocket.pair(loop);
            Task<String> request = loop.spawn(() -> ask(one[0]));
            Task<String> cancelled = loop.spawn(() -> ask(two[0]));
            loop.callSoon(() -> loop.callSoon(cancelled::cancel));
            loop.runUntilDone();
            System.out.println("the first: " + request.join());
            try {
                cancelled.join();
            } catch (CancellationException e) {
                System.out.println("the second: cancelled");
            }
            one[1].close(); // The servers have never sent anything.
            two[1].close();
        }
    }

    private static String ask(StreamSocket server) throws Exception {
        try (server) {
            return server.loop().within(Duration.ofMillis(200), () -> {
                String greeting = greeting(server);
                server.read(ByteBuffer.allocate(64)); // Nobody answers. The outer deadline ends this.
                return greeting;
            });
        } catch (DeadlineExceededException e) {
            return e.getMessage();
        }
    }

    /** Waits a moment for a greeting, and goes on without one. */
    private static String greeting(StreamSocket server) throws Exception {
        try {
            return server.loop().within(Duration.ofMillis(20), () -> {
                server.read(ByteBuffer.allocate(64));
                return "greeted";
            });
        } catch (DeadlineExceededException e) {
            System.out.println("no greeting");
            return "not greeted";
        } catch (IOException e) {
            server.loop().sleep(Duration.ZERO); // Cleanup after a cancel may wait.
            throw e;
        }
    }
}
