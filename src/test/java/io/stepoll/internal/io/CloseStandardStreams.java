package io.stepoll.internal.io;

import io.stepoll.EventLoop;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Way;
import java.nio.file.Files;
import java.nio.file.Path;

/** A child's main, whose standard streams are pipes: a loop takes them over and closes them, two of them at its end. */
public final class CloseStandardStreams {
    private static final int STREAMS = 3;

    private CloseStandardStreams() {}

    /**
     * Prints through the numbers afterwards, which must reach nobody. Exits with the count of streams that are wrong.
     */
    public static void main(String[] arguments) throws Exception {
        Way way = Way.valueOf(arguments[0]);
        System.out.print("before");
        System.out.flush();
        try (EventLoop loop = EventLoop.open()) {
            way.take(loop, 0);
            way.take(loop, 1).close();
            way.take(loop, 2);
        }
        int wrong = 0;
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            System.out.print("after");
            System.out.flush();
            for (int number = 0; number < STREAMS; number++) {
                Path link = Path.of("/proc/self/fd/" + number);
                if (!Files.exists(link) || !Files.readSymbolicLink(link).equals(Path.of("/dev/null"))) {
                    wrong++;
                }
            }
            pair[0].close();
        }
        System.exit(wrong);
    }
}
