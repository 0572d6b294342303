package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.FileSending;
import io.stepoll.support.ChangedJdk;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.StreamKind;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file is sent whole, too, on a JDK whose file channels do not have their descriptor where the shim looks for it. */
@Timeout(120)
class SendFileOnChangedJdkTest {
    private static final int BYTES = 300_000;

    /** A child's main: sends a file over a Unix socket. Prints whether the shim finds its descriptor, and the bytes. */
    public static final class Sender {
        private Sender() {}

        public static void main(String[] arguments) throws Exception {
            Path path = Path.of(arguments[0]);
            try (EventLoop loop = EventLoop.open(); FileChannel file = FileChannel.open(path)) {
                System.out.println("found: " + (FileSending.number(file) >= 0));
                StreamSocket[] pair = StreamKind.UNIX.connect(loop);
                Task<Long> sender = loop.spawn(() -> {
                    try (StreamSocket socket = pair[0]) {
                        return socket.sendFile(file, 0, Long.MAX_VALUE);
                    }
                });
                Task<Integer> reader = loop.spawn(() -> {
                    ByteBuffer received = ByteBuffer.allocate(BYTES + 1);
                    try (StreamSocket socket = pair[1]) {
                        while (socket.read(received) >= 0) {
                            // Until the end.
                        }
                    }
                    received.flip();
                    return received.equals(ByteBuffer.wrap(Files.readAllBytes(path))) ? received.limit() : -1;
                });
                loop.runUntilDone();
                System.out.println("sent: " + sender.toCompletableFuture().join());
                System.out.println("received: " + reader.toCompletableFuture().join());
            }
        }
    }

    private static List<String> send(List<String> options, Path folder) throws Exception {
        byte[] content = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            content[i] = (byte) (i * 31 >> 3);
        }
        Path file = Files.write(folder.resolve("file"), content);
        return ChildJvm.runWell(options, Sender.class, file.toString()).lines().toList();
    }

    @Test
    void withoutTheChannelsFieldTheFileIsCopied(@TempDir Path folder) throws Exception {
        assertEquals(List.of("found: false", "sent: " + BYTES, "received: " + BYTES),
                send(new ChangedJdk(folder.resolve("jdk")).withoutDescriptorOfChannel().options(), folder));
    }

    /** This JDK has both fields, so that the tests above do change something. */
    @Test
    void withBothFieldsItIsSent(@TempDir Path folder) throws Exception {
        assertEquals(List.of("found: true", "sent: " + BYTES, "received: " + BYTES), send(List.of(), folder));
    }
}
