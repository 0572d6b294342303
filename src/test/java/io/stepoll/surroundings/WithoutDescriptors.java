package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.threads.PollerThreads;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.Libc;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

/**
 * A child's main: no descriptor is left, from before the first loop on, and then again and again. The library is in a
 * jar that is open: the JDK needs a descriptor to load a class from a folder, and a class that it could not load stays
 * broken.
 */
final class WithoutDescriptors {
    private static final ArrayDeque<Integer> HOARD = new ArrayDeque<>();
    private static final long MOST_POLLS = 100;

    private WithoutDescriptors() {}

    /** Takes all descriptors but so many. */
    private static void take(int spared) {
        for (int fd = Libc.dup(0); fd >= 0; fd = Libc.dup(0)) {
            HOARD.add(fd);
        }
        give(spared);
    }

    private static void give(int count) {
        for (int i = 0; i < count; i++) {
            Libc.close(HOARD.remove());
        }
    }

    private static void giveAll() {
        give(HOARD.size());
    }

    public static void main(String[] arguments) throws Exception {
        take(0);
        giveAll(); // all that this takes is loaded
        if (arguments[0].equals("first")) {
            fromTheFirstCallOn();
        } else {
            later();
        }
        System.out.println("went on without descriptors");
    }

    /** The library cannot even be unpacked. Later it can. */
    private static void fromTheFirstCallOn() throws Exception {
        EventLoop.builder(); // opens the jar
        take(0);
        Throwable[] thrown = new Throwable[3];
        for (int spared = 0; spared < thrown.length; spared++) {
            try {
                EventLoop.open().close();
            } catch (IOException | LinkageError e) {
                thrown[spared] = e;
            }
            give(1);
        }
        giveAll();
        assertInstanceOf(UnsatisfiedLinkError.class, thrown[0]);
        assertTrue(thrown[0].getMessage().startsWith("stepoll's native library: "), thrown[0]::getMessage);
        try (EventLoop loop = EventLoop.open()) {
            work(loop);
        }
    }

    private static void work(EventLoop loop) throws Exception {
        inTask(loop, () -> {
            for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
                try (Listener listener = Listener.bind(loop, kind.fresh());
                        StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                        StreamSocket server = listener.accept()) {
                    client.write(ByteBuffer.allocate(3));
                    assertEquals(3, server.read(ByteBuffer.allocate(9)));
                }
            }
        });
    }

    private static void inTask(EventLoop loop, TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    /** Each call that needs a descriptor says so, keeps none, and works again when there are some. */
    private static void later() throws Exception {
        Snapshot before;
        try (EventLoop loop = EventLoop.open()) {
            rehearse(loop); // loads all classes
            before = DescriptorLeaks.open();
            Listener listener = Listener.bind(loop, StreamKind.UNIX.fresh());
            SocketAddress address = listener.localAddress();
            refuses("socket", 0, () -> inTask(loop, () -> StreamSocket.connect(loop, address)));
            refuses("socket", 0, () -> Listener.bind(loop, StreamKind.TCP.fresh()));
            refuses("socket", 0, () -> DatagramEndpoint.bind(loop, StreamKind.UNIX.fresh()));
            for (int spared = 0; spared < 2; spared++) {
                refuses("socketpair", spared, () -> StreamSocket.pair(loop));
                refuses("socketpair", spared, () -> DatagramEndpoint.pair(loop));
            }
            refuses("epoll_create1", 0, EventLoop::open);
            refuses("eventfd", 1, EventLoop::open);
            for (int spared = 0; spared < 4; spared++) {
                int most = spared;
                refuses(spared % 2 == 0 ? "epoll_create1" : "eventfd", spared,
                        () -> LoopGroup.builder().loops(1 + most / 2).open());
            }
            accept(loop, listener);
            work(loop);
            listener.close();
        }
        // The loop's own two are closed; the JDK keeps what it has opened since.
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    /** Waits for the threads that the first loop starts as well: they open and close descriptors beside the test. */
    private static void rehearse(EventLoop loop) throws Exception {
        PollerThreads.await();
        StartingClasses.await();
        work(loop);
        DatagramEndpoint.bind(loop, StreamKind.UNIX.fresh()).close();
        for (StreamSocket socket : StreamSocket.pair(loop)) {
            socket.close();
        }
        for (DatagramEndpoint endpoint : DatagramEndpoint.pair(loop)) {
            endpoint.close();
        }
        LoopGroup.builder().loops(2).open().close();
        assertThrows(IOException.class, () -> loop.own(1 << 20));
        DescriptorLeaks.difference(DescriptorLeaks.open());
    }

    private static void refuses(String call, int spared, Executable needy) throws Exception {
        Snapshot before = DescriptorLeaks.open();
        take(spared);
        Throwable thrown = null;
        try {
            needy.execute();
        } catch (Throwable e) {
            thrown = e;
        }
        giveAll();
        SystemCallFailure failure = assertInstanceOf(SystemCallFailure.class, thrown);
        assertEquals(call, failure.failedCall().call());
        assertEquals("EMFILE", failure.failedCall().errnoName());
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    /** A connection waits until there is a descriptor for it. The listener neither fails nor spins. */
    private static void accept(EventLoop loop, Listener listener) throws Exception {
        inTask(loop, () -> {
            try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress())) {
                client.write(ByteBuffer.allocate(3));
                Task<StreamSocket> accepted = loop.spawn(() -> listener.accept());
                take(0);
                long polls = Loop.of(loop).poller().polls();
                loop.sleep(Duration.ofMillis(100));
                assertTrue(Loop.of(loop).poller().polls() - polls < MOST_POLLS);
                giveAll();
                try (StreamSocket server = accepted.join()) {
                    assertEquals(3, server.read(ByteBuffer.allocate(9)));
                }
            }
        });
    }
}
