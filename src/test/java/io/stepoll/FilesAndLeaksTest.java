package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors that are no sockets, descriptors that nobody closes, and host names. */
@Timeout(60)
class FilesAndLeaksTest {
    private static Set<Integer> openPipes() throws Exception {
        Set<Integer> pipes = new TreeSet<>();
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            for (Path link : links.toList()) {
                if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).toString().startsWith("pipe:")) {
                    pipes.add(Integer.parseInt(link.getFileName().toString()));
                }
            }
        }
        return pipes;
    }

    /** A task reads what another writes, more than a pipe takes at once, and sees the end. */
    @Test
    void pipe() throws Exception {
        Set<Integer> before = openPipes();
        Pipe jdk = Pipe.open();
        Set<Integer> made = openPipes();
        made.removeAll(before);
        assertEquals(2, made.size());
        int total = 1_000_000;
        try (EventLoop loop = EventLoop.open()) {
            boolean firstIsWritable = (Descriptors.getStatusFlags(made.iterator().next()) & 1) != 0;
            List<Integer> ends = List.copyOf(new TreeSet<>(made));
            Descriptor source = loop.adopt(ends.get(firstIsWritable ? 1 : 0));
            Descriptor sink = loop.adopt(ends.get(firstIsWritable ? 0 : 1));
            Task<Long> writer = loop.spawn(() -> {
                long sent = loop.send(sink, ByteBuffer.allocate(total));
                loop.disown(sink);
                jdk.sink().close();
                return sent;
            });
            Task<Integer> reader = loop.spawn(() -> {
                int received = 0;
                ByteBuffer buffer = ByteBuffer.allocateDirect(10_000);
                for (int count = 0; count >= 0; count = loop.recv(source, buffer.clear())) {
                    received += count;
                }
                return received;
            });
            loop.runUntilDone();
            assertEquals(total, writer.join());
            assertEquals(total, reader.join());
            loop.disown(source);
        }
        jdk.source().close();
    }

    @Test
    void pipeThatNobodyReads() throws Exception {
        Set<Integer> before = openPipes();
        Pipe jdk = Pipe.open();
        Set<Integer> made = openPipes();
        made.removeAll(before);
        jdk.source().close();
        made.retainAll(openPipes());
        try (EventLoop loop = EventLoop.open()) {
            Descriptor sink = loop.adopt(made.iterator().next());
            Task<Long> writer = loop.spawn(() -> loop.send(sink, ByteBuffer.allocate(8)));
            loop.runUntilDone();
            Throwable failure = assertThrows(ExecutionException.class, writer::join).getCause();
            assertEquals(BrokenPipeException.class, failure.getClass());
            loop.disown(sink);
        }
        jdk.sink().close();
    }

    @Test
    void eventfd() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int fd = RawSockets.check(Descriptors.eventfd());
            Descriptor counter = loop.adopt(fd);
            ByteBuffer buffer = ByteBuffer.allocate(8);
            Task<Integer> reader = loop.spawn(() -> loop.recv(counter, buffer));
            loop.step(false);
            assertFalse(reader.isDone());
            Descriptors.eventfdWrite(fd);
            loop.runUntilDone();
            assertEquals(8, reader.join());
        }
    }

    /** It is closed, its peer sees the end, and it is reported once, with where it was opened. */
    @Test
    void aSocketThatNobodyClosesIsClosedAndReported() throws Exception {
        try (LogCapture log = new LogCapture();
                EventLoop loop = EventLoop.builder().traceDescriptors(true).open()) {
            StreamSocket kept = leak(loop);
            Task<Integer> end = loop.spawn(() -> kept.read(ByteBuffer.allocate(8)));
            Thread collector = Thread.ofPlatform().daemon().start(() -> {
                while (!end.isDone()) {
                    System.gc();
                    Thread.onSpinWait();
                }
            });
            loop.runUntilDone();
            collector.join();
            assertEquals(-1, end.join());
            loop.runUntilDone();
            assertEquals(1, log.messages().size(), log.messages()::toString);
            LogRecord report = log.records().getFirst();
            assertTrue(report.getMessage().contains("was never closed"), report.getMessage());
            assertNotNull(report.getThrown());
            assertTrue(Stream.of(report.getThrown().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("leak")));
            kept.close();
        }
    }

    /** Two sockets, one of which nobody has when this returns. */
    private static StreamSocket leak(EventLoop loop) throws Exception {
        return StreamSocket.pair(loop)[0];
    }

    @Test
    void hostNamesAreLookedUpOffTheLoop() throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            Task<StreamSocket> connect = loop.spawn(
                    () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("localhost", port)));
            Task<StreamSocket> unknown = loop.spawn(
                    () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("no.such.host.invalid", port)));
            loop.runUntilDone();
            connect.join().close();
            assertEquals(UnknownHostException.class,
                    assertThrows(ExecutionException.class, unknown::join).getCause().getClass());
        }
    }
}
