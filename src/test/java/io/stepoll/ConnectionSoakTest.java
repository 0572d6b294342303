package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Thousands of clients, well and badly behaved, against an echo service; and nothing of them is left. */
@Timeout(180)
class ConnectionSoakTest {
    private static final int CONNECTIONS = 10_000;
    private static final int AT_ONCE = 200;
    private static final int BUFFER_BYTES = 4000;
    private static final long WINDOW_MILLIS = 500;

    /** An echo service on a thread of its own, to which the last three fields belong. */
    private static final class Service {
        private final CompletableFuture<SocketAddress> listening = new CompletableFuture<>();
        private final CompletableFuture<Boolean> nothingLeft = new CompletableFuture<>();
        private final List<Throwable> unexpected = new ArrayList<>();
        private EventLoop loop;
        private Path kernelThread;
        private long echoed;
        private int broken;

        void run(SocketAddress address) {
            try (EventLoop opened = EventLoop.open()) {
                loop = opened;
                kernelThread = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
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

        /** Waits until only the acceptor, and the task that this is, are left. */
        void awaitQuiet() throws Exception {
            loop.spawn(() -> {
                while (loop.reactor().liveTasks.count() > 2) {
                    loop.sleep(1_000_000);
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
        assertTrue(service.broken > 0, "no client broke off");
    }

    private static void assertIdle(Service service) throws Exception {
        Path status = service.kernelThread.resolve("status");
        String switches = IdleTest.awaitSleep(status);
        long polls = service.loop.reactor().poller.polls();
        Thread.sleep(WINDOW_MILLIS); // the window itself
        assertEquals(polls, service.loop.reactor().poller.polls(), "polls while idle");
        assertEquals(switches, IdleTest.switches(status), "the loop's thread was scheduled");
    }

    /** Returns how many bytes all clients together have sent, and got back. */
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
