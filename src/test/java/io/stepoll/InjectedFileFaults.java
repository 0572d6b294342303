package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.FaultEcho.Style;
import io.stepoll.FaultWire.Ends;
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

/** Faults in sendfile(2): a file goes over a stream once, in order and whole. */
@Timeout(20)
class InjectedFileFaults extends FaultFixture {
    private static final int TOTAL = 300_000;

    @TempDir
    Path folder;

    private final List<IOException> failures = new ArrayList<>();
    private StreamSocket socket;

    static List<Arguments> cases() {
        List<Arguments> all = new ArrayList<>();
        for (FaultWire wire : List.of(FaultWire.TCP, FaultWire.UNIX)) {
            for (Style style : List.of(Style.TASK, Style.CALLBACK)) {
                for (Fault fault : List.of(Fault.EINTR, Fault.EAGAIN, Fault.SHORT)) {
                    all.add(Arguments.of(wire, style, fault));
                }
            }
        }
        return all;
    }

    static List<Arguments> failures() {
        List<Arguments> all = new ArrayList<>();
        for (FaultWire wire : List.of(FaultWire.TCP, FaultWire.UNIX)) {
            for (Style style : List.of(Style.TASK, Style.CALLBACK)) {
                for (Fault fault : List.of(Fault.ENOMEM, Fault.ENOBUFS)) {
                    all.add(Arguments.of(wire, style, fault));
                }
            }
        }
        return all;
    }

    /** The calls are short, and each fifth fails: whoever goes on behind what had gone sends all of it. */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("failures")
    void failureSaysHowMuchHadGone(FaultWire wire, Style style, Fault fault) throws Exception {
        Fault.Rule[] spoiled = new Fault.Rule[1];
        transfer(wire, style, fd -> {
            spoiled[0] = fault.on("sendfile", fd, 3, 5, 7);
            Fault.SHORT.on("sendfile", fd, 1000, 0, 1, 200);
        });
        assertEquals(7, spoiled[0].given());
        assertEquals(7, failures.size());
        boolean some = false;
        for (IOException failure : failures) {
            SystemCallFailure failed = assertInstanceOf(SystemCallFailure.class, failure);
            assertEquals(fault.errno(), failed.errno());
            assertEquals("sendfile", failed.failedCall().call());
            assertEquals(failed.bytesTransferred() > 0,
                    failure.getMessage().endsWith("after " + failed.bytesTransferred() + " bytes"));
            some |= failed.bytesTransferred() > 0;
        }
        assertTrue(some, "no failure came part-way");
    }

    /** Each second call is spoiled. */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void nothingIsLostOrDoubled(FaultWire wire, Style style, Fault fault) throws Exception {
        Fault.Rule[] spoiled = new Fault.Rule[1];
        transfer(wire, style, fd -> spoiled[0] = fault.on("sendfile", fd, 1000, 1, 2, 200));
        assertTrue(spoiled[0].given() >= 2, spoiled[0].given() + " faults");
        assertEquals(List.of(), failures);
        assertTrue(spoiled[0].seen() <= 2 * spoiled[0].given() + TOTAL / 1000, spoiled[0].seen() + " calls");
    }

    private void transfer(FaultWire wire, Style style, IntConsumer faults) throws Exception {
        byte[] content = new byte[TOTAL];
        new SplittableRandom(TOTAL).nextBytes(content);
        Path path = Files.write(folder.resolve("content"), content);
        Ends ends = inTask(() -> wire.open(loop));
        socket = StreamSocket.of(loop, loop.disown(ends.subject().out()));
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
                while (loop.recv(ends.peer().in(), received) >= 0) {
                    assertTrue(received.hasRemaining(), "more has come than went");
                }
                return null;
            });
        }
        byte[] bytes = new byte[received.position()];
        received.flip().get(bytes);
        assertArrayEquals(content, bytes);
    }

    /** In a task all at once, in callbacks as much as there is room for. */
    private final class Sending implements ReadinessHandler {
        private final FileChannel file;
        private long sent;

        Sending(FileChannel file) {
            this.file = file;
        }

        Void sendAll() throws IOException {
            while (sent < TOTAL) {
                try {
                    sent += socket.sendFile(file, sent, TOTAL - sent);
                    assertEquals(TOTAL, sent);
                } catch (IOException failure) {
                    goOn(failure);
                }
            }
            socket.close();
            return null;
        }

        @Override
        public void readable(Descriptor descriptor) {}

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            sent += socket.sendFileNow(file, sent, TOTAL - sent);
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
