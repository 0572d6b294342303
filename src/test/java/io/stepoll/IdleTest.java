package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An idle loop makes no system call but the one it sleeps in. */
@Timeout(120)
class IdleTest {
    private static final int SOCKETS = 1000;
    private static final long WINDOW_MILLIS = 2000;

    private final List<Descriptor> kept = new ArrayList<>();

    @Test
    void idleLoopSleeps() throws Exception {
        CompletableFuture<EventLoop> opened = new CompletableFuture<>();
        CompletableFuture<Path> kernelThread = new CompletableFuture<>();
        List<Integer> peers = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try (EventLoop loop = EventLoop.open()) {
                for (int i = 0; i < SOCKETS; i++) {
                    peers.add(idleSocket(loop, i));
                }
                RawSockets.close(peers.removeFirst()); // the first one is hung up
                kernelThread.complete(Files.readSymbolicLink(Path.of("/proc/thread-self")));
                opened.complete(loop);
                loop.run();
            } catch (Throwable e) {
                opened.completeExceptionally(e);
                throw new AssertionError(e);
            }
        });
        EventLoop loop = opened.join();
        Path status = Path.of("/proc").resolve(kernelThread.join()).resolve("status");
        Path call = Path.of("/proc").resolve(kernelThread.join()).resolve("syscall");
        String before = awaitSleep(status);
        String callBefore = Files.readString(call);
        long polls = loop.reactor().poller.polls();
        Thread.sleep(WINDOW_MILLIS); // the window itself
        assertEquals(before, switches(status), "the loop's thread was scheduled");
        assertEquals(callBefore, Files.readString(call), "the system call that it is in, with its arguments");
        assertEquals(polls, loop.reactor().poller.polls());
        loop.stop();
        thread.join();
        peers.forEach(RawSockets::close);
    }

    /** Every other one shared, each with a task that reads or, where the peer takes nothing, writes. */
    private int idleSocket(EventLoop loop, int number) throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = number % 2 == 0 ? loop.own(ends[0]) : loop.adopt(ends[0]);
        kept.add(socket); // one that nobody has would be closed by a collection, within the window perhaps
        if (number == 1 || number == 2) {
            loop.spawn(() -> loop.send(socket, ByteBuffer.allocate(4_000_000)));
        } else if (number > 2) {
            loop.spawn(() -> loop.recv(socket, ByteBuffer.allocate(64)));
        }
        return ends[1];
    }

    /** How often the thread gave up its processor, once that has not changed for a while. */
    static String awaitSleep(Path status) throws Exception {
        String last = "";
        for (int unchanged = 0; unchanged < 10;) {
            Thread.sleep(20); // between two looks at a thread that settles down
            String now = switches(status);
            unchanged = now.equals(last) ? unchanged + 1 : 0;
            last = now;
        }
        return last;
    }

    static String switches(Path status) throws Exception {
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("voluntary_ctxt_switches"))
                .findFirst().orElseThrow();
    }

    /** Another loop waits for this one's descriptor: it is readable when, and only when, something came. */
    @Test
    void embeddedInAnotherLoop() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop outer = EventLoop.open(); EventLoop inner = EventLoop.open()) {
            Descriptor socket = inner.own(ends[0]);
            List<String> log = new ArrayList<>();
            CompletableFuture<Void> received = new CompletableFuture<>();
            inner.spawn(() -> {
                log.add("received " + inner.recv(socket, ByteBuffer.allocate(8)));
                received.complete(null);
            });
            Descriptor innerLoop = outer.adopt(inner.fd());
            int[] steps = new int[1];
            Task<Void> embedding = outer.spawn(() -> {
                while (log.size() < 2) {
                    steps[0]++;
                    if (stepFromCallback(outer, inner) > 0 && log.size() < 2) {
                        innerLoop.awaitReadable();
                    }
                }
            });
            outer.callLater(20_000_000, () -> RawSockets.send(ends[1], 5));
            received.thenRunAsync(() -> inner.callSoon(() -> log.add("submitted")),
                    task -> Thread.ofPlatform().start(task));
            outer.runUntilDone();
            embedding.join();
            outer.disown(innerLoop);
            assertEquals(List.of("received 5", "submitted"), log);
            assertTrue(steps[0] < 10, () -> "steps of the embedded loop: " + steps[0]);
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** A step is not a task's to make; a callback of the outer loop's is on its thread. Returns the inner's timeout. */
    private static long stepFromCallback(EventLoop outer, EventLoop inner) {
        CompletableFuture<Long> timeout = new CompletableFuture<>();
        outer.callSoon(() -> {
            inner.step(false);
            timeout.complete(inner.timeoutNanos());
        });
        return timeout.join();
    }
}
