package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Interest;
import io.stepoll.Task;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.support.Libc;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several tasks write to one socket. Each write is whole, and they take turns in the order in which they came. */
@Timeout(120)
class WholeWritesTest extends SocketFixture {
    /** More than a connection takes at once. */
    private static final int MUCH = 4 << 20;
    private static final Duration SHORT = Duration.ofMillis(20);

    private static byte[] bytes(char letter, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) letter);
        return bytes;
    }

    private static ByteBuffer much(char letter) {
        return ByteBuffer.wrap(bytes(letter, MUCH));
    }

    /** How a task writes many bytes of one letter. */
    private enum Way {
        WRITE, VECTORED, SEND_FILE, SEND;

        private long write(WholeWritesTest test, StreamSocket socket, char letter) throws Exception {
            switch (this) {
                case WRITE:
                    return socket.write(much(letter));
                case VECTORED:
                    ByteBuffer[] parts = new ByteBuffer[MUCH >> 12];
                    Arrays.setAll(parts, i -> ByteBuffer.wrap(bytes(letter, 1 << 12)));
                    return socket.write(parts);
                case SEND_FILE:
                    try (FileChannel file = FileChannel.open(
                            Files.write(test.folder.resolve("of " + letter), bytes(letter, MUCH)))) {
                        return socket.sendFile(file, 0, MUCH);
                    }
                default:
                    return socket.descriptor().send(much(letter), 0);
            }
        }
    }

    /** Reads until the end. Returns each letter with the number of bytes in a row, as "a3 b2". */
    private Task<String> runs(ByteSocket<?> socket) {
        return loop.spawn(() -> {
            StringBuilder runs = new StringBuilder();
            byte letter = 0;
            int count = 0;
            ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
            while (socket.read(buffer.clear()) >= 0) {
                for (buffer.flip(); buffer.hasRemaining(); count++) {
                    byte next = buffer.get();
                    if (next != letter) {
                        append(runs, letter, count);
                        letter = next;
                        count = 0;
                    }
                }
            }
            append(runs, letter, count);
            return runs.toString().strip();
        });
    }

    private static void append(StringBuilder runs, byte letter, int count) {
        if (count > 0) {
            runs.append((char) letter).append(count).append(' ');
        }
    }

    private static String all(String letters) {
        List<String> runs = new ArrayList<>();
        letters.chars().forEach(letter -> runs.add((char) letter + "" + MUCH));
        return String.join(" ", runs);
    }

    private static Task<Void> writer(StreamSocket socket, char letter) {
        return socket.loop().spawn(() -> {
            assertEquals(MUCH, socket.write(much(letter)));
            return null;
        });
    }

    private static <T extends Throwable> T failure(Class<T> type, Task<?> task) {
        return assertInstanceOf(type, assertThrows(ExecutionException.class, task::join).getCause());
    }

    private void endThenRun(StreamSocket socket, Task<?>... before) throws Exception {
        loop.spawn(() -> {
            for (Task<?> task : before) {
                try {
                    task.join();
                } catch (ExecutionException e) {
                    assertTrue(socket.isOpen()); // the test looks at the failure
                }
            }
            socket.shutdownOutput();
        });
        loop.runUntilDone();
    }

    private void stepUntilDone(Task<?> task) throws Exception {
        Looks.until(() -> {
            loop.step(false);
            return task.isDone();
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void eachWriteIsWhole(StreamKind kind) throws Exception {
        Way[] ways = {Way.WRITE, Way.VECTORED, Way.SEND_FILE, Way.SEND, Way.WRITE, Way.SEND_FILE};
        StreamSocket[] pair = kind.connect(loop);
        Task<?>[] writers = new Task<?>[ways.length];
        for (int i = 0; i < ways.length; i++) {
            Way way = ways[i];
            char letter = (char) ('a' + i);
            writers[i] = loop.spawn(() -> way.write(this, pair[0], letter));
        }
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], writers);
        assertEquals(all("abcdef"), runs.join());
        for (Task<?> writer : writers) {
            assertEquals((long) MUCH, ((Number) writer.join()).longValue());
        }
    }

    /** A pipe, and a socket that was adopted by number, have turns, too. */
    @Test
    void aPipe() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor reader = loop.adopt(ends[0]);
        Descriptor pipe = loop.own(ends[1]);
        Task<?> first = loop.spawn(() -> pipe.write(much('a')));
        Task<?> second = loop.spawn(() -> pipe.write(much('b')));
        Task<byte[]> content = loop.spawn(() -> {
            ByteBuffer all = ByteBuffer.allocate(2 * MUCH);
            while (all.hasRemaining()) {
                reader.read(all);
            }
            return all.array();
        });
        loop.runUntilDone();
        first.join();
        second.join();
        assertEquals(-1, Arrays.mismatch(bytes('a', MUCH), Arrays.copyOf(content.join(), MUCH)));
        assertEquals(-1, Arrays.mismatch(bytes('b', MUCH), Arrays.copyOfRange(content.join(), MUCH, 2 * MUCH)));
        reader.close();
        pipe.close();
    }

    /** A task that yields within its write, as its budget is used up, keeps its turn. */
    @Test
    void aYieldInTheMiddle() throws Exception {
        loop.close();
        loop = EventLoop.builder().ioBudget(1).open();
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Void> first = writer(pair[0], 'a');
        Task<Void> second = writer(pair[0], 'b');
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], first, second);
        assertEquals(all("ab"), runs.join());
    }

    /** Who leaves the queue has written nothing, and those behind it move up. */
    @Test
    void whoTimesOutOrIsCancelledInTheQueueHasWrittenNothing() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Void> first = writer(pair[0], 'a');
        ByteBuffer late = much('t');
        Task<Integer> timesOut = loop.spawn(() -> pair[0].write(late, SHORT));
        ByteBuffer unwanted = much('c');
        Task<Integer> cancelled = loop.spawn(() -> {
            InterruptedIOException interrupted =
                    assertThrows(InterruptedIOException.class, () -> pair[0].write(unwanted));
            assertEquals(0, interrupted.bytesTransferred);
            return 0;
        });
        Task<Void> last = writer(pair[0], 'z');
        stepUntilDone(timesOut);
        assertFalse(first.isDone());
        cancelled.cancel();
        Loops.steps(loop, 3);
        assertTrue(cancelled.isDone());
        SocketTimeoutException timeout = failure(SocketTimeoutException.class, timesOut);
        assertEquals(0, timeout.bytesTransferred);
        assertEquals(0, late.position());
        assertEquals(0, unwanted.position());
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], first, last);
        assertEquals(all("az"), runs.join());
    }

    /** The write before it ends, and in the same step the task is cancelled, before it runs: the next one goes on. */
    @Test
    void whoIsCancelledAsItsTurnComesHasWrittenNothing() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        ByteBuffer unwanted = much('c');
        Task<Void> first = writer(pair[0], 'a');
        Task<?>[] second = new Task<?>[1];
        loop.spawn(() -> {
            first.join();
            second[0].cancel();
        });
        second[0] = loop.spawn(() -> pair[0].write(unwanted));
        Task<Void> last = writer(pair[0], 'z');
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], first, last);
        assertEquals(all("az"), runs.join());
        assertEquals(0, unwanted.position());
        assertEquals(Task.State.CANCELLED, second[0].state());
    }

    /** The exception says how much of the write has gone, and the next write goes on behind that. */
    @Test
    void whoEndsInTheMiddleSaysHowMuchHasGone() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        ByteBuffer part = much('p');
        Task<Integer> ends = loop.spawn(() -> pair[0].write(part, SHORT));
        Task<Void> next = writer(pair[0], 'n');
        stepUntilDone(ends);
        SocketTimeoutException timeout = failure(SocketTimeoutException.class, ends);
        assertTrue(timeout.bytesTransferred > 0);
        assertEquals(timeout.bytesTransferred, part.position());
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], next);
        assertEquals("p" + timeout.bytesTransferred + " n" + MUCH, runs.join());
    }

    /** While a task is within its write nothing else comes in between, even if there is room. */
    @Test
    void triesAreRefusedMeanwhile() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Void> first = writer(pair[0], 'a');
        Loops.steps(loop, 2);
        ByteBuffer room = ByteBuffer.allocate(MUCH);
        while (pair[1].tryRead(room) > 0) {
            assertFalse(first.isDone()); // the writer has not been woken yet
        }
        ByteBuffer other = ByteBuffer.wrap(bytes('b', 10));
        try (FileChannel file = FileChannel.open(Files.write(folder.resolve("file"), bytes('f', 10)))) {
            assertEquals(Descriptor.WOULD_BLOCK, pair[0].tryWrite(other));
            assertEquals(Descriptor.WOULD_BLOCK, pair[0].trySendFile(file, 0, 10));
            assertEquals(Descriptor.WOULD_BLOCK, pair[0].tryWritePassing(other, pair[1].descriptor().fd()));
            assertEquals(Descriptor.WOULD_BLOCK,
                    pair[0].descriptor().tryPerform(Interest.WRITE, "mine", fd -> -Errno.EINVAL));
            WouldBlockException refused = assertThrows(WouldBlockException.class,
                    () -> pair[0].descriptor().send(other, Descriptor.MSG_DONTWAIT));
            assertEquals(0, refused.bytesTransferred());
            IllegalStateException written = assertThrows(IllegalStateException.class,
                    () -> pair[0].descriptor().handle(descriptor -> { }, true, false));
            assertTrue(written.getMessage().contains("waits"), written::getMessage);
        }
        assertEquals(0, other.position());
        int before = room.position();
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], first);
        assertEquals("a" + (MUCH - before), runs.join());
    }

    /** A message with descriptors does not come into the middle of a write either. */
    @Test
    void passing() throws Exception {
        StreamSocket[] pair = passingPair();
        int passed = Descriptors.eventfd();
        Task<Void> first = writer(pair[0], 'a');
        Task<Integer> second = loop.spawn(() -> pair[0].writePassing(ByteBuffer.wrap(bytes('p', 10)), passed));
        Task<Void> third = writer(pair[0], 'b');
        Task<String> runs = runs(pair[1]);
        endThenRun(pair[0], first, second, third);
        assertEquals("a" + MUCH + " p10 b" + MUCH, runs.join());
        Descriptors.close(passed);
    }

    private interface End {
        void end(StreamSocket socket) throws IOException;
    }

    /** All who write or wait for their turn get the same exception as the only writer would, in the next step. */
    @ParameterizedTest
    @ValueSource(strings = {"close", "disown", "shutdownOutput"})
    void whatEndsTheSocketEndsAllWriters(String how) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        List<Task<Void>> writers = new ArrayList<>();
        for (char letter = 'a'; letter <= 'e'; letter++) {
            writers.add(writer(pair[0], letter));
        }
        Loops.steps(loop, 2);
        End end = switch (how) {
            case "close" -> StreamSocket::close;
            case "disown" -> socket -> Descriptors.close(socket.descriptor().disown());
            default -> StreamSocket::shutdownOutput;
        };
        Class<? extends IOException> expected =
                how.equals("shutdownOutput") ? BrokenPipeException.class : AsynchronousCloseException.class;
        end.end(pair[0]);
        Loops.steps(loop, how.equals("shutdownOutput") ? writers.size() : 2);
        for (Task<Void> writer : writers) {
            assertTrue(writer.isDone());
            failure(expected, writer);
        }
    }

    @Test
    void theEndOfTheLoop() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<Void> first = writer(pair[0], 'a');
        Task<Void> second = writer(pair[0], 'b');
        Loops.steps(loop, 2);
        loop.close();
        assertEquals(Task.State.CANCELLED, first.state());
        assertEquals(Task.State.CANCELLED, second.state());
    }

    /** Each datagram is whole by itself, so a receiver that is full delays nobody who sends to another one. */
    @Test
    void datagramsHaveNoTurns() throws Exception {
        DatagramEndpoint sender = bound(AddressKind.ABSTRACT);
        DatagramEndpoint full = bound(AddressKind.ABSTRACT);
        DatagramEndpoint other = bound(AddressKind.ABSTRACT);
        Task<?> blocked = loop.spawn(() -> {
            for (;;) {
                sender.send(text("x"), full.localAddress());
            }
        });
        Loops.steps(loop, 10);
        inTaskBeside(() -> sender.send(text("for the other"), other.localAddress()));
        ByteBuffer received = ByteBuffer.allocate(100);
        inTaskBeside(() -> other.receive(received));
        assertText("for the other", received);
        blocked.cancel();
        loop.runUntilDone();
    }

    /** Runs the loop until this task is done, whatever the others do. */
    private void inTaskBeside(Callable<?> body) throws Exception {
        Task<?> task = loop.spawn(body);
        stepUntilDone(task);
        task.join();
    }
}
