package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.faults.FaultEcho.Style;
import io.stepoll.faults.FaultWire.Ends;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults in splice(2): a file arrives whole, in order and once. */
@Timeout(20)
class InjectedFileFaults extends FaultFixture {
    private static final int TOTAL = 300_000;

    @TempDir
    Path folder;

    private final List<IOException> failures = new ArrayList<>();
    private StreamSocket socket;

    private static List<Arguments> cases(Fault... faults) {
        List<Arguments> all = new ArrayList<>();
        for (FaultWire wire : List.of(FaultWire.TCP, FaultWire.UNIX)) {
            for (Style style : List.of(Style.TASK, Style.CALLBACK)) {
                for (Fault fault : faults) {
                    all.add(Arguments.of(wire, style, fault));
                }
            }
        }
        return all;
    }

    static List<Arguments> unnoticed() {
        return cases(Fault.EINTR, Fault.EAGAIN, Fault.SHORT);
    }

    static List<Arguments> noticed() {
        return cases(Fault.ENOMEM, Fault.ENOBUFS);
    }

    /**
     * All calls are short, and every fifth one fails. A sender that goes on behind the bytes that went sends the whole
     * file.
     */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("noticed")
    void aFailureSaysHowManyBytesWent(FaultWire wire, Style style, Fault fault) throws Exception {
        Fault.Rule[] rule = new Fault.Rule[1];
        transfer(wire, style, fd -> {
            rule[0] = fault.on("splice", fd, 3, 5, 7);
            Fault.SHORT.on("splice", fd, 1000, 0, 1, 200);
        });
        assertEquals(7, rule[0].hits());
        assertEquals(7, failures.size());
        boolean some = false;
        for (IOException failure : failures) {
            SystemCallFailure failed = assertFailure("splice", fault, failure);
            assertEquals(failed.bytesTransferred() > 0,
                    failure.getMessage().endsWith("after " + failed.bytesTransferred() + " bytes"));
            some |= failed.bytesTransferred() > 0;
        }
        assertTrue(some, "no failure came after bytes had gone");
    }

    /** Every second call gets the fault. */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("unnoticed")
    void nothingIsLostOrDoubled(FaultWire wire, Style style, Fault fault) throws Exception {
        Fault.Rule[] rule = new Fault.Rule[1];
        transfer(wire, style, fd -> rule[0] = fault.on("splice", fd, 1000, 1, 2, 200));
        assertTrue(rule[0].hits() >= 2, rule[0].hits() + " faults");
        assertEquals(List.of(), failures);
        assertTrue(rule[0].calls() <= 2 * rule[0].hits() + TOTAL / 1000, rule[0].calls() + " calls");
    }

    private void transfer(FaultWire wire, Style style, IntConsumer faults) throws Exception {
        byte[] content = new byte[TOTAL];
        new SplittableRandom(TOTAL).nextBytes(content);
        Path path = Files.write(folder.resolve("content"), content);
        Ends ends = inTask(() -> wire.open(loop));
        socket = StreamSocket.own(loop, ends.subject().out().disown());
        faults.accept(socket.descriptor().fd());
        ByteBuffer received = ByteBuffer.allocate(TOTAL + 1);
        try (FileChannel file = FileChannel.open(path)) {
            Sending sending = new Sending(file);
            if (style == Style.CALLBACK) {
                socket.descriptor().handle(sending, false, true);
            } else {
                loop.spawn(sending::sendAll);
            }
            inTask(() -> {
                while (ends.peer().in().read(received) >= 0) {
                    assertTrue(received.hasRemaining(), "more bytes came than were sent");
                }
            });
        }
        byte[] bytes = new byte[received.position()];
        received.flip().get(bytes);
        assertArrayEquals(content, bytes);
    }

    /** Sends the file: in a task all at once, by callbacks as much as there is room for. */
    private final class Sending implements ReadinessHandler {
        private final FileChannel file;
        private long sent;

        Sending(FileChannel file) {
            this.file = file;
        }

        void sendAll() throws IOException {
            while (sent < TOTAL) {
                try {
                    sent += socket.sendFile(file, sent, TOTAL - sent);
                    assertEquals(TOTAL, sent);
                } catch (IOException failure) {
                    goOn(failure);
                }
            }
            socket.close();
        }

        @Override
        public void readable(Descriptor descriptor) {}

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            long count = socket.trySendFile(file, sent, TOTAL - sent);
            if (count != Descriptor.WOULD_BLOCK) {
                sent += count;
            }
            if (sent == TOTAL) {
                socket.close();
            }
        }

        @Override
        public void failed(Descriptor descriptor, IOException failure) {
            goOn(failure);
        }

        private void goOn(IOException failure) {
            failures.add(failure);
            if (failure instanceof SystemCallFailure failed) {
                sent += failed.bytesTransferred();
            } else {
                socket.close();
                sent = TOTAL;
            }
        }
    }
}
