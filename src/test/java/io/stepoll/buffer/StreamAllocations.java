package io.stepoll.buffer;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.AllocatedBytes;
import io.stepoll.support.Libc;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Asks and answers by buffered streams, ten thousand times in each of several rounds, and prints how many bytes each
 * exchange of the best round allocates, at both ends together. Before each round many short tasks do the same, until no
 * frame of a task is interpreted. The class runs in a JVM of its own, compiled and without -Xcheck:jni: otherwise the
 * JDK makes a new object of a task's stack at each wait.
 */
final class StreamAllocations {
    private static final double ENOUGH = 0.5;
    private static final int EXCHANGES = 10_000;
    private static final LengthPrefix PREFIX = LengthPrefix.varint(1 << 20);

    private final EventLoop loop;
    private final BufferedStream server;
    private final BufferedStream client;
    private final ByteBuffer body; // of a frame
    private int exchanges;

    private StreamAllocations(EventLoop loop, BufferedStream server, BufferedStream client, int bodySize) {
        this.loop = loop;
        Duration minute = Duration.ofMinutes(1);
        this.server = server.waitTimeout(minute).idleTimeout(minute).readIdleTimeout(minute).writeIdleTimeout(minute);
        this.client = client;
        body = ByteBuffer.allocateDirect(bodySize);
    }

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamAllocations measured;
            if (arguments[0].equals("pipes")) {
                int[] there = Libc.pipe();
                int[] back = Libc.pipe();
                Descriptor[] ends = {loop.adopt(there[0]), loop.adopt(back[1]), loop.adopt(back[0]),
                    loop.adopt(there[1])};
                measured = new StreamAllocations(loop, BufferedStream.over(ends[0], ends[1]),
                        BufferedStream.over(ends[2], ends[3]), 100);
            } else {
                boolean large = arguments[0].equals("large");
                StreamSocket[] pair = (large ? StreamKind.UNIX : StreamKind.valueOf(arguments[0])).connect(loop);
                measured = new StreamAllocations(loop, BufferedStream.over(pair[0]), BufferedStream.over(pair[1]),
                        large ? 40_000 : 100);
            }
            double least = Double.MAX_VALUE;
            for (int round = 0; round < 20 && least > ENOUGH; round++) {
                least = Math.min(least, measured.round());
            }
            System.out.println(least <= ENOUGH ? "nothing" : least + " bytes for each exchange");
        }
    }

    private double round() {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        for (int i = 0; i < 500; i++) {
            start(5);
            loop.runUntilDone();
        }
        start(EXCHANGES + 1000);
        stepTo(500);
        int from = exchanges;
        long before = allocatedBytes.now();
        stepTo(EXCHANGES);
        long bytes = allocatedBytes.now() - before;
        int measured = exchanges - from;
        stepTo(EXCHANGES + 1000);
        loop.step(false);
        loop.step(false);
        return (double) bytes / measured;
    }

    private void start(int count) {
        exchanges = 0;
        loop.spawn(() -> serve(count));
        loop.spawn(() -> ask(count));
    }

    private void stepTo(int count) {
        while (exchanges < count) {
            loop.step(false);
        }
    }

    private void serve(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            server.awaitRequest();
            int length = server.awaitLine(100);
            server.takeFound();
            int size = server.awaitFrame(PREFIX);
            server.takeFound();
            server.print("an answer \u00fc\n");
            server.printDecimal(length * 100_000L + size);
            server.write((byte) '\n');
            server.writeFrame(PREFIX, body.clear());
        }
        server.flush();
    }

    private void ask(int count) throws IOException {
        while (exchanges < count) {
            client.print("a request\n");
            client.writeFrame(PREFIX, body.clear());
            client.awaitLine(100);
            client.takeFound();
            client.awaitUntil((byte) '\n', 100);
            client.takeFound();
            client.awaitFrame(PREFIX);
            client.takeFound();
            exchanges++;
        }
    }
}
