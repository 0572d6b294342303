package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.support.Seeds;
import io.stepoll.support.StreamKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Urgent data in a stream. A read stops short of the urgent byte, and no edge announces the bytes behind it. The urgent
 * bytes are zeros, which may or may not be part of the stream. All other bytes must arrive, in order.
 */
@Timeout(60)
class UrgentDataTest {
    private static final int ROUNDS = 300;
    private static final int MESSAGES = 20;
    private static final int STEPS = 100;
    private static final byte URGENT = 0;

    /** An edge-triggered socket of the loop, and the number of its peer, which is on no loop. */
    private record Pair(Descriptor socket, int peer) {}

    private static Pair unix(EventLoop loop) throws Exception {
        int[] ends = RawSockets.pair();
        return new Pair(loop.own(ends[0]), ends[1]);
    }

    private static Pair tcp(EventLoop loop) throws Exception {
        StreamSocket[] ends = StreamKind.TCP.connect(loop);
        return new Pair(ends[1].descriptor(), ends[0].descriptor().disown());
    }

    private static void send(int fd, byte[] bytes, int flags) {
        try (Scratch memory = new Scratch(bytes.length)) {
            memory.buffer().put(bytes);
            assertEquals(bytes.length, Sockets.send(fd, memory.address(), bytes.length, flags));
        }
    }

    private static boolean hasOutOfBandOnUnix() {
        int[] ends = RawSockets.pair();
        try (Scratch one = new Scratch(1)) {
            return Sockets.send(ends[0], one.address(), 1, Sockets.MSG_OOB) == 1;
        } finally {
            RawSockets.close(ends[0]);
            RawSockets.close(ends[1]);
        }
    }

    /** Reads until the end. Returns the bytes of the stream without the urgent ones. */
    private static List<Byte> readAll(Descriptor socket, int bufferBytes, List<Byte> into)
            throws Exception {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bufferBytes);
        while (socket.read(buffer.clear()) >= 0) {
            for (buffer.flip(); buffer.hasRemaining();) {
                byte next = buffer.get();
                if (next != URGENT) {
                    into.add(next);
                }
            }
        }
        return into;
    }

    private static void stepUntil(EventLoop loop, List<Byte> received, int count, String history) {
        for (int i = 0; i < STEPS && received.size() < count; i++) {
            loop.step(false);
        }
        assertEquals(count, received.size(), () -> "bytes received. Messages and steps: " + history);
    }

    private static void oneRound(EventLoop loop, Pair pair, SplittableRandom random) throws Exception {
        List<Byte> sent = new ArrayList<>();
        List<Byte> received = new ArrayList<>();
        int bufferBytes = 1 + random.nextInt(64);
        Task<List<Byte>> reader = loop.spawn(() -> readAll(pair.socket, bufferBytes, received));
        StringBuilder history = new StringBuilder("buffer " + bufferBytes + ":");
        for (int i = 0; i < MESSAGES; i++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    send(pair.peer, new byte[] {URGENT}, Sockets.MSG_OOB);
                    history.append(" !");
                }
                case 1 -> {
                    loop.step(false);
                    history.append(" step");
                }
                case 2 -> {
                    stepUntil(loop, received, sent.size(), history.toString());
                    history.append(" all");
                }
                default -> {
                    byte[] bytes = new byte[1 + random.nextInt(40)];
                    for (int j = 0; j < bytes.length; j++) {
                        bytes[j] = (byte) (1 + random.nextInt(100));
                        sent.add(bytes[j]);
                    }
                    send(pair.peer, bytes, 0);
                    history.append(' ').append(bytes.length);
                }
            }
        }
        stepUntil(loop, received, sent.size(), history.toString());
        RawSockets.close(pair.peer);
        for (int i = 0; i < STEPS && !reader.isDone(); i++) {
            loop.step(false);
        }
        assertTrue(reader.isDone(), () -> "no end of the stream after " + history);
        assertEquals(sent, reader.join());
        pair.socket.close();
    }

    @Test
    void onTcp() throws Exception {
        SplittableRandom random = Seeds.random("UrgentDataTest.onTcp");
        try (EventLoop loop = EventLoop.open()) {
            for (int i = 0; i < ROUNDS; i++) {
                oneRound(loop, tcp(loop), random);
            }
        }
    }

    @Test
    void onUnix() throws Exception {
        assumeTrue(hasOutOfBandOnUnix(), "the kernel has no out-of-band data on Unix streams");
        SplittableRandom random = Seeds.random("UrgentDataTest.onUnix");
        try (EventLoop loop = EventLoop.open()) {
            for (int i = 0; i < ROUNDS; i++) {
                oneRound(loop, unix(loop), random);
            }
        }
    }

    /** The library neither sends nor receives urgent data. It refuses the flag, and the socket stays as it was. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refused(boolean unix) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Pair pair = unix ? unix(loop) : tcp(loop);
            Task<Integer> task = loop.spawn(() -> {
                ByteBuffer one = ByteBuffer.allocate(1);
                for (int flags : new int[] {Sockets.MSG_OOB, Sockets.MSG_OOB | Descriptor.MSG_DONTWAIT}) {
                    for (Executable call : new Executable[] {() -> pair.socket.send(one, flags),
                            () -> pair.socket.recv(one, flags)}) {
                        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
                        assertTrue(message.contains("MSG_OOB"), message);
                    }
                }
                return pair.socket.write(one);
            });
            loop.runUntilDone();
            assertEquals(1, task.join());
            assertEquals(1, RawSockets.recv(pair.peer));
            RawSockets.close(pair.peer);
        }
    }
}
