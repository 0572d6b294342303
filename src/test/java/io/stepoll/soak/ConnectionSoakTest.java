package io.stepoll.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.KernelThread;
import io.stepoll.support.Seeds;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of clients of an echo service, some well and some badly behaved, leave nothing behind. */
@Timeout(180)
class ConnectionSoakTest {
    private static final int CONNECTIONS = Integer.getInteger("stepoll.connections", 10_000);
    private static final int AT_ONCE = 200;
    private static final int BUFFER_BYTES = 4000;
    private static final long WINDOW_MILLIS = 500;
    private static final Duration PAUSE = Duration.ofMillis(1);

    /** An echo service on a thread of its own. That thread alone writes the fields that are not final. */
    private static final class Service {
        private final CompletableFuture<SocketAddress> listening = new CompletableFuture<>();
        private final CompletableFuture<Boolean> nothingLeft = new CompletableFuture<>();
        private final List<Throwable> unexpected = new ArrayList<>();
        private EventLoop loop;
        private KernelThread thread;
        private long echoed;
        private int broken;

        void run(SocketAddress address) {
            try (EventLoop opened = EventLoop.open()) {
                loop = opened;
                thread = KernelThread.current();
                try (Listener listener = Listener.bind(loop, address)) {
                    Task<Void> acceptor = loop.spawn(() -> acceptAll(listener));
                    listening.complete(listener.localAddress());
                    loop.run();
                    acceptor.cancel();
                    loop.runUntilDone();
                }
                nothingLeft.complete(loop.step(false).done() && loop.timeoutNanos() == EventLoop.NO_DEADLINE);
            } catch (Throwable e) {
                listening.completeExceptionally(e);
                nothingLeft.completeExceptionally(e);
            }
        }

        private void acceptAll(Listener listener) throws IOException {
            while (true) {
                StreamSocket socket = listener.accept();
                loop.spawn(() -> echo(socket));
            }
        }

        private void echo(StreamSocket socket) {
            try (socket) {
                ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
                while (socket.read(buffer.clear()) >= 0) {
                    echoed += socket.write(buffer.flip());
                }
            } catch (ConnectionResetException | BrokenPipeException e) {
                broken++;
            } catch (Throwable e) {
                unexpected.add(e);
            }
        }

        /** Waits until only two tasks are left: the acceptor, and the one that waits here. */
        void awaitQuiet() throws Exception {
            loop.spawn(() -> {
                while (Loop.of(loop).tasks().count() > 2) {
                    loop.sleep(PAUSE);
                }
            }).join();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void nothingIsLeft(String kind, @TempDir Path folder) throws Exception {
        SplittableRandom random = Seeds.random("ConnectionSoakTest " + kind);
        Service service = new Service();
        SocketAddress wanted = Addresses.parse(
                kind.equals("tcp") ? "tcp:127.0.0.1:0" : "unix:" + folder.resolve("soak"));
        Thread thread = Thread.ofPlatform().start(() -> service.run(wanted));
        SocketAddress address = service.listening.join();
        service.awaitQuiet();
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        SoakClient.Bytes bytes = runClients(address, random);
        service.awaitQuiet();
        assertEquals(List.of(), DescriptorLeaks.leftSince(before), "descriptors left");
        assertIdle(service);
        service.loop.stop();
        thread.join();
        assertEquals(List.of(), service.unexpected);
        assertTrue(service.nothingLeft.join(), "something is left to do");
        assertTrue(service.echoed >= bytes.returned() && service.echoed <= bytes.sent(),
                () -> service.echoed + " bytes echoed, and " + bytes);
        assertTrue(service.broken > 0, "no client broke its connection");
    }

    /** The loop's thread sleeps, in one system call. */
    private static void assertIdle(Service service) throws Exception {
        Poller poller = Loop.of(service.loop).poller();
        String switches = service.thread.awaitSleep();
        long polls = poller.polls();
        Thread.sleep(WINDOW_MILLIS); // the window in which nothing may happen
        assertEquals(polls, poller.polls(), "polls while idle");
        assertEquals(switches, service.thread.switches(), "the loop's thread was scheduled");
    }

    /** Runs all clients. Returns how many bytes they have sent together, and how many they have read back. */
    private static SoakClient.Bytes runClients(SocketAddress address, SplittableRandom random) throws Exception {
        byte[] content = new byte[1 << 16];
        random.nextBytes(content);
        Semaphore room = new Semaphore(AT_ONCE);
        List<Future<SoakClient.Bytes>> clients = new ArrayList<>();
        long sent = 0;
        long returned = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CONNECTIONS; i++) {
                SoakClient client = new SoakClient(address, content, random.split());
                room.acquire();
                clients.add(threads.submit(() -> {
                    try {
                        return client.call();
                    } finally {
                        room.release();
                    }
                }));
            }
            for (Future<SoakClient.Bytes> client : clients) {
                sent += client.get().sent();
                returned += client.get().returned();
            }
        }
        return new SoakClient.Bytes(sent, returned);
    }
}
