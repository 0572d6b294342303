package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
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

/** What a read leaves behind, or somebody else, arrives although no further edge tells of it. */
@Timeout(60)
class LeftBehindTest {
    private static final int STEPS = 20;

    /** Takes a descriptor by a control connection, then reads from it as many bytes as it is told, and sends them. */
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

    private static String receive(EventLoop loop, Descriptor socket, int most, int flags) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(most);
        int count = loop.recv(socket, buffer, flags);
        return count < 0 ? "end" : new String(buffer.array(), 0, count, StandardCharsets.UTF_8);
    }

    private static void steps(EventLoop loop) {
        for (int i = 0; i < STEPS; i++) {
            loop.step(false);
        }
    }

    private static Task<Void> collect(EventLoop loop, Descriptor socket, StringBuilder into, int most) {
        return loop.spawn(() -> {
            for (String text = ""; !text.equals("end"); text = receive(loop, socket, most, 0)) {
                into.append(text);
            }
        });
    }

    /** The reader waits before all of it, or comes when all is there; its buffer is larger than all, or smaller. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void descriptorsInTheMiddle(int most) throws Exception {
        for (boolean waits : new boolean[] {true, false}) {
            int[] ends = RawSockets.pair();
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

    /** A peek leaves all there, and says nothing of what is behind it. */
    @Test
    void peek() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Task<Void> reader = loop.spawn(() -> {
                assertThrows(WouldBlockException.class, () -> receive(loop, socket, 9, Descriptor.MSG_PEEK));
                send(ends[1], "hello");
                assertEquals("hello", receive(loop, socket, 9, Descriptor.MSG_PEEK));
                assertEquals("he", receive(loop, socket, 2, Descriptor.MSG_PEEK));
                assertEquals("hello", receive(loop, socket, 9, Descriptor.MSG_PEEK | Descriptor.MSG_DONTWAIT));
                assertEquals("hel", receive(loop, socket, 3, 0));
                assertEquals("lo", receive(loop, socket, 9, Descriptor.MSG_PEEK));
                assertEquals("lo", receive(loop, socket, 9, 0));
                send(ends[1], "more");
                assertEquals("more", receive(loop, socket, 9, Descriptor.MSG_PEEK));
                assertEquals("more", receive(loop, socket, 9, 0));
            });
            loop.runUntilDone();
            reader.join();
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** Data, or the end, that was there before the loop had the socket. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereBeforeItCame(boolean own) throws Exception {
        int[] ends = RawSockets.pair();
        send(ends[1], "before");
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = own ? loop.own(ends[0]) : loop.adopt(ends[0]);
            Task<String> first = loop.spawn(() -> {
                socket.awaitReadable();
                return receive(loop, socket, 3, 0) + receive(loop, socket, 9, 0);
            });
            loop.runUntilDone();
            assertEquals("before", first.join());
            send(ends[1], "between");
            RawSockets.close(ends[1]);
            int fd = loop.disown(socket);
            Descriptor again = own ? loop.own(fd) : loop.adopt(fd);
            Task<String> second = loop.spawn(() -> receive(loop, again, 9, 0) + " " + receive(loop, again, 9, 0));
            loop.runUntilDone();
            assertEquals("between end", second.join());
        }
    }

    /** Another process takes some of what comes, or all. */
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
                Task<Descriptor> accepting = loop.spawn(() -> loop.accept(listener));
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

    /** What the other process reads; no other task may run meanwhile, which would read it first. */
    private static String ofOther(EventLoop loop, Descriptor control, int count) throws Exception {
        send(control.fd(), Character.toString(count));
        for (byte[] answer = Libc.read(control.fd(), count);; answer = Libc.read(control.fd(), count)) {
            if (answer != null) {
                return new String(answer, StandardCharsets.UTF_8);
            }
            Thread.sleep(1); // between two looks: the control connection is non-blocking
        }
    }

    /**
     * A line that is read in two pieces, a second one, and the end of the terminal. What is written to the master comes
     * to the slave when a thread of the kernel gets to it, and what has not come when the master is closed is lost: so
     * each is waited for.
     */
    @Test
    void terminal() throws Exception {
        int[] ends = Libc.terminal();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor slave = loop.own(ends[1]); // no socket, so not edge-triggered
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
            assertFalse(reader.isDone(), "it is not set yet");
            Libc.timerfdSet(timer.fd(), 1_000_000, 1_000_000);
            loop.runUntilDone();
            reader.join();
        }
    }

    /** Two events, of which the first read takes one. */
    @Test
    void inotify(@TempDir Path folder) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Descriptor watch = loop.adopt(RawSockets.check(Libc.inotify()));
            RawSockets.check(Libc.inotifyWatch(watch.fd(), folder.toString(), Libc.IN_CREATE));
            StringBuilder created = new StringBuilder();
            Task<Void> reader = loop.spawn(() -> {
                while (created.length() < 3) {
                    watch.awaitReadable();
                    byte[] event = Libc.read(watch.fd(), 40); // 16 and the name, padded to 16
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
                counter.awaitReadable(); // nobody has read it
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
