package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.Libc;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Each descriptor on its way has one owner: what was asked for is passed, and what nobody takes is closed. */
@Timeout(60)
class PassedOwnershipTest extends PassingFixture {
    private static final int SO_PASSCRED = 16;
    private static final int SO_PASSPIDFD = 76;
    private static final int MOST = 253;


    /** Two connected TCP sockets. */
    private StreamSocket[] tcpPair() throws Exception {
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            return inTask(() -> new StreamSocket[] {StreamSocket.connect(loop, listener.localAddress()),
                listener.accept()});
        }
    }

    private void assertIsNoUnixSocket(String call, Executable use) {
        SystemCallFailure failure = assertInstanceOf(SystemCallFailure.class, assertThrows(IOException.class, use));
        assertEquals(Errno.EINVAL, failure.errno());
        assertMessage((Exception) failure, call, "tcp:127.0.0.1:", "no Unix socket");
    }

    /** TCP would send the bytes and drop the descriptors without a word. */
    @Test
    void tcpPassesNothing() throws Exception {
        StreamSocket[] pair = tcpPair();
        ByteBuffer one = text("x");
        assertIsNoUnixSocket("sendmsg", () -> pair[0].tryWritePassing(one, passed));
        assertIsNoUnixSocket("recvmsg", () -> pair[1].tryReadPassed(ByteBuffer.allocate(1), numbers::add));
        inTask(() -> {
            assertIsNoUnixSocket("sendmsg", () -> pair[0].writePassing(one, passed));
            assertIsNoUnixSocket("sendmsg", () -> pair[0].writePassing(one, Duration.ofSeconds(9), passed));
            assertIsNoUnixSocket("recvmsg", () -> pair[1].readPassed(ByteBuffer.allocate(1), numbers::add));
            assertEquals(1, one.remaining());
            assertEquals(1, pair[0].write(one));
            assertEquals(1, pair[1].read(ByteBuffer.allocate(9)), "nothing else was sent");
        });
    }

    /** Which open file a number stands for. */
    private static String file(int fd) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
    }

    /** Writes until there is no room. */
    private static void fill(ConnectionSocket<?> socket) throws IOException {
        int written = 0;
        while (written != Descriptor.WOULD_BLOCK) {
            written = socket.tryWrite(ByteBuffer.allocate(10_000));
        }
    }

    /** Reads until a descriptor comes. */
    private void readAll(ConnectionSocket<?> socket) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (numbers.isEmpty()) {
            socket.readPassed(buffer.clear(), numbers::add);
        }
    }

    /** The number that a waiting call was given is closed, and another descriptor gets it. */
    private void passesWhatWasAskedFor(ConnectionSocket<?> sender, ConnectionSocket<?> receiver) throws Exception {
        RawSockets.assumeRefusable(); // else another thread closes the socket, and its number is free later
        StreamSocket[] asked = StreamSocket.pair(loop);
        int number = asked[0].descriptor().fd();
        String file = file(number);
        fill(sender);
        int before = openDescriptors();
        Task<Integer> passing = loop.spawn(() -> sender.writePassing(text("x"), number));
        inTask(() -> {
            loop.sleep(Duration.ZERO);
            asked[0].close();
            assertEquals(number, Libc.dup(passed, number));
            readAll(receiver);
            assertEquals(1, passing.join());
            assertEquals(file, file(numbers.getFirst()));
            Descriptors.close(number);
            asked[1].write(text("through"));
        });
        assertEquals(before, openDescriptors(), "one is closed, and one has come");
        assertEquals(7, RawSockets.recv(numbers.getFirst()));
    }

    @Test
    void aStreamThatWaitsPassesWhatWasAskedFor() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        passesWhatWasAskedFor(pair[0], pair[1]);
    }

    @Test
    void aRecordThatWaitsPassesWhatWasAskedFor() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        passesWhatWasAskedFor(pair[0], pair[1]);
    }

    /** A task whose budget is used up yields before its call, and there too the number may become another's. */
    @Test
    void aTaskThatYieldsPassesWhatWasAskedFor() throws Exception {
        RawSockets.assumeRefusable(); // as above
        StreamSocket[] asked = StreamSocket.pair(loop);
        int number = asked[0].descriptor().fd();
        String file = file(number);
        StreamSocket[] pair = StreamSocket.pair(loop);
        RawSockets.takePassed(pair[1].descriptor().fd(), true);
        inTask(() -> {
            boolean[] reused = new boolean[1];
            Task<Void> reusing = loop.spawn(() -> {
                asked[0].close();
                assertEquals(number, Libc.dup(passed, number));
                reused[0] = true;
            });
            for (int i = 0; i < 64; i++) { // the whole budget: the next call yields
                pair[0].write(text("."));
            }
            assertTrue(!reused[0], "this task has not yielded yet");
            pair[0].writePassing(text("x"), number);
            assertTrue(reused[0]);
            reusing.join();
            readAll(pair[1]);
        });
        assertEquals(file, file(numbers.getFirst()));
        Descriptors.close(number);
    }

    /** A task that waits for its turn to write has made no call yet, and there too the number may become another's. */
    @Test
    void aTaskThatWaitsForItsTurnPassesWhatWasAskedFor() throws Exception {
        RawSockets.assumeRefusable(); // as above
        StreamSocket[] asked = StreamSocket.pair(loop);
        int number = asked[0].descriptor().fd();
        String file = file(number);
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Integer> first = loop.spawn(() -> pair[0].write(ByteBuffer.allocate(1 << 20)));
        Task<Integer> passing = loop.spawn(() -> pair[0].writePassing(text("x"), number));
        inTask(() -> {
            loop.sleep(Duration.ZERO);
            assertTrue(!first.isDone());
            asked[0].close();
            assertEquals(number, Libc.dup(passed, number));
            readAll(pair[1]);
            passing.join();
        });
        assertEquals(file, file(numbers.getFirst()));
        Descriptors.close(number);
    }

    /** However a call that waits ends, it leaves no duplicate. */
    @Test
    void noDuplicateIsLeft() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        fill(pair[0]);
        int[] many = new int[MOST];
        Arrays.fill(many, passed);
        int before = openDescriptors();
        inTask(() -> assertThrows(SocketTimeoutException.class,
                () -> pair[0].writePassing(text("x"), Duration.ofMillis(1), many)));
        assertEquals(before, openDescriptors());
        Task<Integer> cancelled = loop.spawn(() -> pair[0].writePassing(text("x"), many));
        Task<Integer> closed = loop.spawn(() -> pair[0].writePassing(text("x"), many));
        inTask(() -> {
            loop.sleep(Duration.ZERO);
            assertEquals(before + 2 * MOST, openDescriptors(), "both wait");
            cancelled.cancel();
            loop.sleep(Duration.ZERO);
            assertEquals(before + MOST, openDescriptors());
            pair[0].close();
            assertThrows(ExecutionException.class, closed::join);
        });
        assertEquals(before - 1, openDescriptors());
    }

    /** A try that finds no room has taken no duplicate, and has shared nothing. */
    @Test
    void aTryThatFindsNoRoomChangesNothing() throws Exception {
        StreamSocket[] pair = passingPair();
        StreamSocket[] asked = StreamSocket.pair(loop);
        fill(pair[0]);
        int number = asked[0].descriptor().fd();
        assertEquals(Descriptor.WOULD_BLOCK, pair[0].tryWritePassing(text("x"), number));
        assertFalse(Loop.of(loop).poller().find(number).isPassedOn());
    }

    /** The target is changed while the call waits, and cannot take the bytes then. */
    @Test
    void descriptorsAreClosedIfTheTargetCannotTakeTheBytes() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        int before = openDescriptors();
        ByteBuffer filled = ByteBuffer.allocate(10);
        cannotTake(ConcurrentModificationException.class, streams[0], streams[1], filled, () -> filled.position(10));
        cannotTake(ConcurrentModificationException.class, records[0], records[1], filled.clear(),
                () -> filled.position(10));
        Arena arena = Arena.ofShared();
        ByteBuffer freed = arena.allocate(10).asByteBuffer();
        cannotTake(IllegalStateException.class, streams[0], streams[1], freed, arena::close);
        Looks.until(() -> openDescriptors() == before); // another thread closes what was passed
        assertEquals(List.of(), numbers);
    }

    private void cannotTake(Class<? extends Exception> why, ConnectionSocket<?> sender, ConnectionSocket<?> receiver,
            ByteBuffer target, Runnable change) throws Exception {
        Task<Integer> reading = loop.spawn(() -> receiver.readPassed(target, numbers::add));
        inTask(() -> {
            loop.sleep(Duration.ZERO);
            change.run();
            sender.writePassing(text("x"), passed, passed);
            assertInstanceOf(why, assertThrows(ExecutionException.class, reading::join).getCause());
        });
    }

    /** Makes a socket as a former process may have left it: each message brings a descriptor of its sender. */
    private static int withPidfds(int fd) {
        return RawSockets.check(Sockets.setIntOption(fd, Sockets.SOL_SOCKET, SO_PASSPIDFD, 1));
    }

    private static void assumePidfds() {
        int[] pair = RawSockets.pair();
        int result = Sockets.setIntOption(pair[0], Sockets.SOL_SOCKET, SO_PASSPIDFD, 1);
        RawSockets.close(pair[0]);
        RawSockets.close(pair[1]);
        assumeTrue(result != -Errno.ENOPROTOOPT, "this kernel has no SO_PASSPIDFD (Linux 6.5)");
    }

    @Test
    void aPidfdThatNobodyAskedForIsClosed() throws Exception {
        assumePidfds();
        int[] pair = RawSockets.pair();
        RawSockets.takePassed(pair[1], true);
        withPidfds(pair[1]);
        StreamSocket sender = StreamSocket.own(loop, pair[0]);
        StreamSocket receiver = StreamSocket.own(loop, pair[1]);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        withPidfds(records[1].descriptor().fd());
        int before = openDescriptors();
        inTask(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(10);
            sender.write(text("1"));
            receiver.readPassed(buffer, numbers::add);
            sender.write(text("2"));
            receiver.read(buffer);
            records[0].write(text("3"));
            records[1].readPassed(buffer, numbers::add);
            records[0].write(text("4"));
            records[1].read(buffer);
            assertEquals(List.of(), numbers);
            assertEquals(before, openDescriptors());
            sender.writePassing(text("5"), passed);
            receiver.readPassed(buffer, numbers::add);
            assertText("12345", buffer);
        });
        assertEquals(file(passed), file(numbers.getFirst()));
        assertEquals(1, numbers.size());
        assertEquals(before + 1, openDescriptors());
    }

    /** Whatever else a socket is made to report, there is room for all descriptors of a message. */
    @Test
    void allDescriptorsComeBesideOtherControlMessages() throws Exception {
        assumePidfds();
        int[] pair = RawSockets.pair();
        RawSockets.takePassed(pair[1], true);
        withPidfds(pair[1]);
        RawSockets.check(Sockets.setIntOption(pair[1], Sockets.SOL_SOCKET, SO_PASSCRED, 1));
        RawSockets.check(Sockets.setIntOption(pair[1], Sockets.SOL_SOCKET, Sockets.SO_TIMESTAMP, 1));
        StreamSocket sender = StreamSocket.own(loop, pair[0]);
        StreamSocket receiver = StreamSocket.own(loop, pair[1]);
        int[] many = new int[MOST];
        Arrays.fill(many, passed);
        int before = openDescriptors();
        inTask(() -> {
            sender.writePassing(text("x"), many);
            receiver.readPassed(ByteBuffer.allocate(10), numbers::add);
        });
        assertEquals(MOST, numbers.size());
        assertEquals(before + MOST, openDescriptors());
    }
}
