package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.support.Libc;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors passed with records, on seqpacket sockets. */
@Timeout(60)
class SeqpacketPassingTest extends SocketFixture {
    /** How many descriptors of this process are the same end of the same pipe. */
    private static long copies(int fd) throws IOException {
        Path self = Path.of("/proc/self/fd");
        Path target = Files.readSymbolicLink(self.resolve(String.valueOf(fd)));
        String access = access(fd);
        long count = 0;
        try (Stream<Path> descriptors = Files.list(self)) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String number = descriptor.getFileName().toString();
                    count += Files.readSymbolicLink(descriptor).equals(target)
                            && access(Integer.parseInt(number)).equals(access) ? 1 : 0;
                } catch (IOException e) {
                    // Closed meanwhile: perhaps between the open of its file in /proc and the read.
                }
            }
        }
        return count;
    }

    /** The flags of an open descriptor, which tell the two ends of a pipe apart. */
    private static String access(int fd) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).get(1);
    }

    /** Each descriptor comes with its own record, also with an empty one, and works. */
    @Test
    void eachWithItsRecord() throws Exception {
        SeqpacketSocket[] pair = passingRecordPair();
        StreamSocket[] passed = StreamSocket.pair(loop);
        inTask(() -> {
            int number = passed[1].descriptor().fd();
            pair[0].write(text("none"));
            pair[0].writePassing(text("two"), number, number);
            pair[0].writePassing(ByteBuffer.allocate(0), number);
            pair[0].shutdownOutput();
            List<Integer> numbers = new ArrayList<>();
            ByteBuffer target = ByteBuffer.allocate(10);
            assertEquals(4, pair[1].readPassed(target, numbers::add));
            assertEquals(0, numbers.size());
            assertEquals(3, pair[1].readPassed(target.clear(), numbers::add));
            assertText("two", target);
            assertEquals(2, numbers.size());
            assertEquals(0, pair[1].readPassed(target.clear(), numbers::add));
            assertEquals(3, numbers.size());
            assertEquals(-1, pair[1].readPassed(target.clear(), numbers::add));
            numbers.subList(0, 2).forEach(Descriptors::close);
            StreamSocket received = StreamSocket.own(loop, numbers.getLast());
            passed[0].write(text("through"));
            assertEquals(7, received.read(target.clear()));
            received.close();
        });
    }

    /** A plain read closes passed descriptors, and returns the same as without them. */
    @Test
    void plainReadsClosePassedDescriptors() throws Exception {
        SeqpacketSocket[] pair = passingRecordPair();
        int[] pipe = Libc.pipe();
        int some = pipe[1];
        inTask(() -> {
            pair[0].writePassing(text("with"), some);
            pair[0].writePassing(ByteBuffer.allocate(0), some);
            pair[0].close();
            ByteBuffer target = ByteBuffer.allocate(10);
            assertEquals(4, pair[1].read(target));
            assertEquals(0, pair[1].read(target));
            assertEquals(-1, pair[1].read(target));
        });
        Looks.until(() -> copies(some) == 1); // other threads may close the rest
        Descriptors.close(pipe[0]);
        Descriptors.close(some);
    }

    /** The descriptors of a truncated record are handed over before the exception is thrown. */
    @Test
    void truncatedRecord() throws Exception {
        SeqpacketSocket[] pair = passingRecordPair();
        int some = Descriptors.eventfd();
        List<Integer> numbers = new ArrayList<>();
        inTask(() -> {
            pair[0].writePassing(text("too long"), some);
            return assertThrows(TruncatedDatagramException.class,
                    () -> pair[1].readPassed(ByteBuffer.allocate(3), numbers::add));
        });
        assertEquals(1, numbers.size());
        numbers.forEach(Descriptors::close);
        Descriptors.close(some);
    }

    /** A receiver that throws keeps the descriptor that it was given. The others are closed. */
    @Test
    void aReceiverThatThrows() throws Exception {
        SeqpacketSocket[] pair = passingRecordPair();
        int[] pipe = Libc.pipe();
        int some = pipe[1];
        List<Integer> numbers = new ArrayList<>();
        inTask(() -> {
            pair[0].writePassing(text("x"), some, some, some);
            IntConsumer receiver = number -> {
                numbers.add(number);
                throw new IllegalStateException("no more");
            };
            return assertThrows(IllegalStateException.class,
                    () -> pair[1].readPassed(ByteBuffer.allocate(3), receiver));
        });
        assertEquals(1, numbers.size());
        Looks.until(() -> copies(some) == 2); // other threads close the rest
        assertEquals(0, Descriptors.close(numbers.getFirst()));
        assertEquals(-Errno.EBADF, Descriptors.close(numbers.getFirst()));
        Descriptors.close(pipe[0]);
        Descriptors.close(some);
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        SeqpacketSocket[] pair = passingRecordPair();
        inTask(() -> {
            assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(text("x")));
            return assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(text("x"), new int[254]));
        });
    }
}
