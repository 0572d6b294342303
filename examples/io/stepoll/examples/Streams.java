package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.buffer.IdleTimeoutException;
import io.stepoll.buffer.LengthPrefix;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Buffered streams: a server that answers lines, and frames, and a client of it that sends several requests at once.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.Streams</pre>
 */
public final class Streams {
    private static final int LONGEST_LINE = 100;
    private static final LengthPrefix FRAME = LengthPrefix.ofBytes(4, 1 << 20);

    private Streams() {}

    /** Prints what the client gets. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            loop.spawn(() -> serve(pair[0]));
            loop.spawn(() -> ask(pair[1]));
            loop.runUntilDone();
        }
    }

    /** Answers each line with its length, and "frame" with the frame behind it, reversed. */
    private static void serve(StreamSocket socket) throws IOException {
        try (BufferedStream stream = BufferedStream.over(socket).idleTimeout(Duration.ofSeconds(30))) {
            while (stream.awaitRequest()) { // sends the answers, then waits
                String line = stream.readLine(LONGEST_LINE);
                if (line == null) {
                    return; // the client has left
                }
                if (line.equals("frame")) {
                    byte[] bytes = stream.readFrame(FRAME);
                    String text = new String(bytes, StandardCharsets.US_ASCII);
                    stream.print(new StringBuilder(text).reverse());
                } else {
                    stream.printDecimal(line.length());
                }
                stream.print("\n");
            }
        } catch (IdleTimeoutException e) {
            System.out.println("nothing came for " + Duration.ofSeconds(30));
        }
    }

    private static void ask(StreamSocket socket) throws IOException {
        try (BufferedStream stream = BufferedStream.over(socket)) {
            stream.print("one\ntwenty-one\nframe\n");
            stream.writeFrame(FRAME, ByteBuffer.wrap("drawer".getBytes(StandardCharsets.US_ASCII)));
            for (int i = 0; i < 3; i++) {
                System.out.println(stream.readLine(LONGEST_LINE)); // the first one sends all three requests
            }
        }
    }
}
