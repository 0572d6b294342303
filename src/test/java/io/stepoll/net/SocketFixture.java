package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.TaskBody;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A loop for a test of sockets, a folder for it, and addresses of each kind. */
abstract class SocketFixture {
    /** The kinds of addresses that a datagram socket can be bound to. */
    enum AddressKind {
        IPV4(StandardProtocolFamily.INET),
        IPV6(StandardProtocolFamily.INET6),
        PATH(StandardProtocolFamily.UNIX),
        ABSTRACT(StandardProtocolFamily.UNIX);

        final StandardProtocolFamily family;

        AddressKind(StandardProtocolFamily family) {
            this.family = family;
        }
    }

    @TempDir
    Path folder;

    EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().name("subject").open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    /** Returns an address that no socket has. Skips the test if this machine does not have the kind. */
    SocketAddress fresh(AddressKind kind) throws IOException {
        return switch (kind) {
            case IPV4 -> StreamKind.TCP.fresh();
            case IPV6 -> StreamKind.TCP6.fresh();
            case PATH -> UnixDomainSocketAddress.of(folder.resolve("s" + UUID.randomUUID()));
            case ABSTRACT -> StreamKind.UNIX.fresh();
        };
    }

    /** Skips the test if this machine has no IPv6. */
    static void assumeIpv6() throws IOException {
        StreamKind.TCP6.fresh();
    }

    static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    DatagramEndpoint bound(AddressKind kind) throws IOException {
        return DatagramEndpoint.bind(loop, fresh(kind));
    }

    /** Runs the body in a task, and the loop until it is done. Throws what the body throws. */
    <T> T inTask(Callable<T> body) throws Exception {
        return TaskResults.of(loop, loop.spawn(body));
    }

    void inTask(TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    /** Two connected stream sockets, to which descriptors may be passed. */
    StreamSocket[] passingPair() throws IOException {
        StreamSocket[] pair = StreamSocket.pair(loop);
        for (StreamSocket end : pair) {
            end.setOption(LinuxSocketOptions.SO_PASSRIGHTS, true);
        }
        return pair;
    }

    /** Two connected seqpacket sockets, to which descriptors may be passed. */
    SeqpacketSocket[] passingRecordPair() throws IOException {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        for (SeqpacketSocket end : pair) {
            end.setOption(LinuxSocketOptions.SO_PASSRIGHTS, true);
        }
        return pair;
    }

    static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the bytes before the position as text. */
    static String textOf(ByteBuffer received) {
        return StandardCharsets.UTF_8.decode(received.flip()).toString();
    }

    static void assertText(String expected, ByteBuffer received) {
        assertEquals(expected, textOf(received));
    }

    /** The call throws an exception of the type, and its message contains all the words. */
    static void assertRefused(Class<? extends Throwable> type, Executable call, String... words) {
        assertMessage(assertThrows(type, call), words);
    }

    static void assertMessage(Throwable failure, String... words) {
        for (String word : words) {
            assertTrue(failure.getMessage().contains(word), () -> "\"" + word + "\" in: " + failure.getMessage());
        }
    }

    /** Another platform thread that makes the call gets a WrongThreadException. */
    static void assertOnlyForTheLoop(Executable call) throws InterruptedException {
        FutureTask<WrongThreadException> elsewhere =
                new FutureTask<>(() -> assertThrows(WrongThreadException.class, call));
        Thread.ofPlatform().start(elsewhere);
        try {
            elsewhere.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    /** How many sockets, pipes and anonymous inodes this process has open. Files come and go with the JVM's threads. */
    static int openDescriptors() throws IOException {
        return DescriptorLeaks.open().open().size();
    }
}
