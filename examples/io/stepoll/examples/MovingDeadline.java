package io.stepoll.examples;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A download that fails when nothing comes for a while, and says farewell even if it is cancelled meanwhile. */
public final class MovingDeadline {
    private MovingDeadline() {}

    /** Prints how two downloads end, the first from a slow server and the second from one that stops. */
    public static void main(String[] arguments) throws Exception {
        VirtualClock clock = VirtualClock.create();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            print(loop, clock, 5, Duration.ofSeconds(50));
            print(loop, clock, 2, Duration.ofHours(1));
        }
    }

    private static void print(EventLoop loop, VirtualClock clock, int pieces, Duration pause) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        loop.spawn(() -> serve(pair[1], pieces, pause));
        Task<String> client = loop.spawn(() -> client(loop, pair[0]));
        loop.runUntilDone();
        System.out.println(client.join() + ", at " + Duration.ofNanos(clock.nanoTime()));
    }

    private static void serve(StreamSocket socket, int pieces, Duration pause) throws Exception {
        try (socket) {
            for (int i = 0; i < pieces; i++) {
                socket.write(ByteBuffer.allocate(100));
                socket.loop().sleep(i % 2 == 0 ? Duration.ofSeconds(50) : pause);
            }
        }
    }

    private static String client(EventLoop loop, StreamSocket socket) throws Exception {
        try (socket) {
            return download(socket, Duration.ofMinutes(1)) + " bytes";
        } catch (DeadlineExceededException e) {
            return e.getMessage();
        } finally {
            loop.shielded(Duration.ofSeconds(1), () -> farewell(socket));
        }
    }

    private static long download(StreamSocket socket, Duration patience) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        return socket.loop().within(patience, deadline -> {
            long size = 0;
            for (int read = socket.read(buffer); read >= 0; read = socket.read(buffer.clear())) {
                size += read;
                deadline.reset(patience);
            }
            return size;
        });
    }

    /** A cleanup that waits, and that neither a cancel nor an outer deadline cuts off. */
    private static void farewell(StreamSocket socket) throws IOException, InterruptedException {
        socket.loop().sleep(Duration.ofMillis(1));
        System.out.println("farewell");
    }
}
