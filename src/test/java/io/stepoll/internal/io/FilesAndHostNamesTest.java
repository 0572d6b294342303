package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.RawSockets;
import io.stepoll.support.TaskResults;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The JDK's pipes, an eventfd, and host names. */
@Timeout(60)
class FilesAndHostNamesTest {
    /** A status flag of open(2). */
    private static final int O_WRONLY = 1;

    private static Set<Integer> openPipes() throws Exception {
        Map<Integer, String> open = DescriptorLeaks.open().open();
        open.values().removeIf(target -> !target.startsWith("pipe:"));
        return open.keySet();
    }

    /** A pipe of the JDK, and the numbers of its ends. */
    private record JdkPipe(Pipe pipe, int source, int sink) {
        static JdkPipe open() throws Exception {
            Set<Integer> before = openPipes();
            Pipe pipe = Pipe.open();
            Set<Integer> made = openPipes();
            made.removeAll(before);
            List<Integer> ends = List.copyOf(made);
            assertEquals(2, ends.size());
            boolean firstIsSink = (Descriptors.getStatusFlags(ends.get(0)) & O_WRONLY) != 0;
            return new JdkPipe(pipe, ends.get(firstIsSink ? 1 : 0), ends.get(firstIsSink ? 0 : 1));
        }
    }

    /** One task writes more than a pipe takes at once. Another one reads it, and sees the end. */
    @Test
    void pipe() throws Exception {
        JdkPipe jdk = JdkPipe.open();
        int total = 1_000_000;
        try (EventLoop loop = EventLoop.open()) {
            Descriptor source = loop.adopt(jdk.source());
            Descriptor sink = loop.adopt(jdk.sink());
            Task<Integer> writer = loop.spawn(() -> {
                int sent = sink.write(ByteBuffer.allocate(total));
                sink.disown();
                jdk.pipe().sink().close();
                return sent;
            });
            Task<Integer> reader = loop.spawn(() -> {
                int received = 0;
                ByteBuffer buffer = ByteBuffer.allocateDirect(10_000);
                for (int count = 0; count >= 0; count = source.read(buffer.clear())) {
                    received += count;
                }
                return received;
            });
            loop.runUntilDone();
            assertEquals(total, writer.join());
            assertEquals(total, reader.join());
            source.disown();
        }
        jdk.pipe().source().close();
    }

    @Test
    void writeToAPipeThatNobodyReads() throws Exception {
        JdkPipe jdk = JdkPipe.open();
        jdk.pipe().source().close();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor sink = loop.adopt(jdk.sink());
            assertThrowsExactly(BrokenPipeException.class,
                    () -> TaskResults.of(loop, loop.spawn(() -> sink.write(ByteBuffer.allocate(8)))));
            sink.disown();
        }
        jdk.pipe().sink().close();
    }

    @Test
    void eventfd() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int fd = RawSockets.check(Descriptors.eventfd());
            Descriptor counter = loop.adopt(fd);
            ByteBuffer buffer = ByteBuffer.allocate(8);
            Task<Integer> reader = loop.spawn(() -> counter.read(buffer));
            loop.step(false);
            assertFalse(reader.isDone());
            Descriptors.eventfdWrite(fd);
            loop.runUntilDone();
            assertEquals(8, reader.join());
        }
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
