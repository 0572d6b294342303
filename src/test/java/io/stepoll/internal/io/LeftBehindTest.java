package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.support.Libc;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.Programs;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A read, or another reader, may leave bytes behind. They arrive although no further edge announces them. */
@Timeout(60)
class LeftBehindTest {
    private static final int STEPS = 20;

    /**
     * A program that receives a descriptor over a control connection. Each byte that comes afterwards is a count: the
     * program reads as many bytes from the descriptor, and sends them back over the connection.
     */
    private static final String READER = """
            import socket, sys
            control = socket.socket(socket.AF_UNIX)
            control.connect('\\0' + sys.argv[1])
            shared = socket.socket(fileno=socket.recv_fds(control, 1, 1)[1][0])
            for count in iter(lambda: control.recv(1), b''):
                control.sendall(shared.recv(count[0]))
            """;

    private static void send(int fd, String text) {
        Libc.write(fd, text);
    }

    private static String receive(Descriptor socket, int most, int flags) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(most);
        int count = socket.recv(buffer, flags);
        return count < 0 ? "end" : new String(buffer.array(), 0, count, StandardCharsets.UTF_8);
    }

    private static void steps(EventLoop loop) {
        Loops.steps(loop, STEPS);
    }

    private static Task<Void> collect(EventLoop loop, Descriptor socket, StringBuilder into, int most) {
        return loop.spawn(() -> {
            for (String text = ""; !text.equals("end"); text = receive(socket, most, 0)) {
                into.append(text);
            }
        });
    }

    /** The reader waits before anything comes, or starts when everything is there. Its buffer is smaller or larger. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void descriptorsInTheMiddle(int most) throws Exception {
        for (boolean waits : new boolean[] {true, false}) {
            int[] ends = RawSockets.pair();
            RawSockets.takePassed(ends[0], true);
            int passed = RawSockets.check(Descriptors.eventfd());
            try (EventLoop loop = EventLoop.open()) {
                Descriptor socket = loop.own(ends[0]);
                StringBuilder received = new StringBuilder();
                Task<Void> reader = collect(loop, socket, received, most);
                if (waits) {
                    steps(loop);
                }
                send(ends[1], "ab");
                Libc.sendDescriptor(ends[1], "cd", passed);
                send(ends[1], "ef");
                Libc.sendDescriptor(ends[1], "g", passed);
                Libc.sendDescriptor(ends[1], "h", passed);
                steps(loop);
                assertEquals("abcdefgh", received.toString());
                send(ends[1], "ij");
                steps(loop);
                assertEquals("abcdefghij", received.toString());
                assertFalse(reader.isDone());
                RawSockets.close(ends[1]);
                loop.runUntilDone();
                reader.join();
            }
            RawSockets.close(passed);
        }
    }

    /** A peek leaves the bytes in the socket, and does not tell whether there are more. */
    @Test
    void peek() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Task<Void> reader = loop.spawn(() -> {
                assertThrows(WouldBlockException.class, () -> receive(socket, 9, Descriptor.MSG_PEEK));
                send(ends[1], "hello");
                assertEquals("hello", receive(socket, 9, Descriptor.MSG_PEEK));
                assertEquals("he", receive(socket, 2, Descriptor.MSG_PEEK));
                assertEquals("hello", receive(socket, 9, Descriptor.MSG_PEEK | Descriptor.MSG_DONTWAIT));
                assertEquals("hel", receive(socket, 3, 0));
                assertEquals("lo", receive(socket, 9, Descriptor.MSG_PEEK));
                assertEquals("lo", receive(socket, 9, 0));
                send(ends[1], "more");
                assertEquals("more", receive(socket, 9, Descriptor.MSG_PEEK));
                assertEquals("more", receive(socket, 9, 0));
            });
            loop.runUntilDone();
            reader.join();
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** Bytes, and the end, were in the socket before the loop had it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereBeforeTheLoopHadTheSocket(boolean own) throws Exception {
        int[] ends = RawSockets.pair();
        send(ends[1], "before");
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = own ? loop.own(ends[0]) : loop.adopt(ends[0]);
            Task<String> first = loop.spawn(() -> {
                socket.awaitReadable();
                return receive(socket, 3, 0) + receive(socket, 9, 0);
            });
            loop.runUntilDone();
            assertEquals("before", first.join());
            send(ends[1], "between");
            RawSockets.close(ends[1]);
            int fd = socket.disown();
            Descriptor again = own ? loop.own(fd) : loop.adopt(fd);
            Task<String> second = loop.spawn(() -> receive(again, 9, 0) + " " + receive(again, 9, 0));
            loop.runUntilDone();
            assertEquals("between end", second.join());
        }
    }

    /** Another process reads some of the bytes. The task gets the others. */
    @Test
    void readByAnotherProcess() throws Exception {
        assumeTrue(Programs.has("python3"), "there is no python3");
        int[] ends = RawSockets.pair();
        RawAddress address = RawSockets.freshAddress();
        String name = new String(address.bytes(), StandardCharsets.UTF_8).substring(1);
        try (EventLoop loop = EventLoop.open()) {
            Descriptor listener = loop.adopt(RawSockets.listener(address));
            Process other = Programs.start("python3", "-c", READER, name);
            try {
                Task<Descriptor> accepting = loop.spawn(() -> listener.accept());
                loop.runUntilDone();
                Descriptor control = accepting.join();
                Libc.sendDescriptor(control.fd(), "x", ends[0]);
                Descriptor shared = loop.adopt(ends[0]);
                send(ends[1], "0123456789");
                assertEquals("0123", ofOther(loop, control, 4));
                StringBuilder received = new StringBuilder();
                Task<Void> reader = collect(loop, shared, received, 4);
                steps(loop);
                assertEquals("456789", received.toString());
                send(ends[1], "abcdef");
                assertEquals("abc", ofOther(loop, control, 3));
                steps(loop);
                assertEquals("456789def", received.toString().replace("abc", ""));
                send(ends[1], "gh");
                steps(loop);
                assertTrue(received.toString().endsWith("gh"), received::toString);
                control.close();
                RawSockets.close(ends[1]);
                loop.runUntilDone();
                reader.join();
            } finally {
                Programs.end(other);
            }
            assertEquals(0, other.exitValue());
        }
    }

    /** Returns what the other process reads. No task of the loop may run meanwhile, as the task would read first. */
    private static String ofOther(EventLoop loop, Descriptor control, int count) throws Exception {
        send(control.fd(), Character.toString(count));
        byte[][] answer = new byte[1][];
        Looks.until(() -> {
            answer[0] = Libc.read(control.fd(), count); // null at first: the control connection is non-blocking
            return answer[0] != null;
        });
        return new String(answer[0], StandardCharsets.UTF_8);
    }

    /**
     * The task reads a line in two pieces, then a second line, and then sees the end of the terminal. A thread of the
     * kernel brings bytes from the master to the slave, a moment after they were written. Bytes that have not come when
     * the master is closed are lost, so the test waits for each line.
     */
    @Test
    void terminal() throws Exception {
        int[] ends = Libc.terminal();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor slave = loop.own(ends[1]); // not a socket, so not edge-triggered
            List<String> read = new ArrayList<>();
            Task<Void> reader = loop.spawn(() -> {
                for (int i = 0; i < 3; i++) {
                    slave.awaitReadable();
                    read.add(new String(Libc.read(ends[1], 3), StandardCharsets.UTF_8));
                }
                slave.awaitReadable(); // the master is closed
            });
            steps(loop);
            assertEquals(List.of(), read);
            Libc.write(ends[0], "hello\n");
            while (read.size() < 2) {
                loop.step(true);
            }
            steps(loop);
            assertEquals(List.of("hel", "lo\n"), read);
            Libc.write(ends[0], "w\n");
            while (read.size() < 3) {
                loop.step(true);
            }
            steps(loop);
            assertEquals("w\n", read.getLast());
            assertFalse(reader.isDone());
            RawSockets.close(ends[0]);
            loop.runUntilDone();
            reader.join();
        }
    }

    @Test
    void timerfd() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Descriptor timer = loop.adopt(RawSockets.check(Libc.timerfd()));
            Task<Void> reader = loop.spawn(() -> {
                for (int i = 0; i < 5; i++) {
                    timer.awaitReadable();
                    assertEquals(Long.BYTES, Libc.read(timer.fd(), Long.BYTES).length);
                }
            });
            steps(loop);
            assertFalse(reader.isDone(), "the timer is not set yet");
            Libc.timerfdSet(timer.fd(), 1_000_000, 1_000_000);
            loop.runUntilDone();
            reader.join();
        }
    }

    /** Two events have come, and the first read takes one of them. */
    @Test
    void inotify(@TempDir Path folder) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Descriptor watch = loop.adopt(RawSockets.check(Libc.inotify()));
            RawSockets.check(Libc.inotifyWatch(watch.fd(), folder.toString(), Libc.IN_CREATE));
            StringBuilder created = new StringBuilder();
            Task<Void> reader = loop.spawn(() -> {
                while (created.length() < 3) {
                    watch.awaitReadable();
                    byte[] event = Libc.read(watch.fd(), 40); // a head of 16 bytes, and the name, padded to 16 bytes
                    created.append(new String(Arrays.copyOfRange(event, 16, 17), StandardCharsets.UTF_8));
                }
            });
            steps(loop);
            Files.createFile(folder.resolve("a"));
            Files.createFile(folder.resolve("b"));
            steps(loop);
            assertEquals("ab", created.toString());
            Files.createFile(folder.resolve("c"));
            loop.runUntilDone();
            reader.join();
            assertEquals("abc", created.toString());
        }
    }

    @Test
    void eventfd() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Descriptor counter = loop.adopt(RawSockets.check(Descriptors.eventfd()));
            Task<Void> reader = loop.spawn(() -> {
                counter.awaitReadable();
                counter.awaitReadable(); // returns at once, as nobody has read
                assertEquals(Long.BYTES, Libc.read(counter.fd(), Long.BYTES).length);
                counter.awaitReadable();
            });
            steps(loop);
            RawSockets.check(Descriptors.eventfdWrite(counter.fd()));
            steps(loop);
            assertFalse(reader.isDone());
            RawSockets.check(Descriptors.eventfdWrite(counter.fd()));
            loop.runUntilDone();
            reader.join();
        }
    }
}
