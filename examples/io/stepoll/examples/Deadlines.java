package io.stepoll.examples;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** A request under a deadline, with a shorter one over a part of it; and a cancel, which is none. */
public final class Deadlines {
    private Deadlines() {}

    /** Prints how each ends. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] one = StreamSocket.pair(loop);
            StreamSocket[] two = StreamSocket.pair(loop);
            Task<String> request = loop.spawn(() -> ask(loop, one[0]));
            Task<String> cancelled = loop.spawn(() -> ask(loop, two[0]));
            loop.callSoon(() -> loop.callSoon(cancelled::cancel));
            loop.runUntilDone();
            System.out.println("the first: " + request.join());
            try {
                cancelled.join();
            } catch (CancellationException e) {
                System.out.println("the second: cancelled");
            }
            one[1].close(); // the servers, which have never said a word
            two[1].close();
        }
    }

    private static String ask(EventLoop loop, StreamSocket server) throws Exception {
        try (server) {
            return loop.within(Duration.ofMillis(200), () -> {
                String greeting = greeting(loop, server);
                server.read(ByteBuffer.allocate(64)); // never answered: the outer deadline ends it
                return greeting;
            });
        } catch (DeadlineExceededException e) {
            return e.getMessage();
        }
    }

    /** Goes without it where it does not come soon. */
    private static String greeting(EventLoop loop, StreamSocket server) throws Exception {
        try {
            return loop.within(Duration.ofMillis(20), () -> {
                server.read(ByteBuffer.allocate(64));
                return "greeted";
            });
        } catch (DeadlineExceededException e) {
            System.out.println("no greeting");
            return "not greeted";
        } catch (IOException e) {
            loop.sleep(0); // after a cancel a cleanup may wait
            throw e;
        }
    }
}
