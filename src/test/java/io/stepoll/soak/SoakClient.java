package io.stepoll.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;

/** A client of the echo service, with the JDK's channels. It behaves in a random way, and checks what comes back. */
final class SoakClient implements Callable<SoakClient.Bytes> {
    /** So few bytes fit into the buffers of both sides: a client may send them all before it reads. */
    private static final int MOST_BYTES = 40_000;

    private static final int LONGEST_STALL_MILLIS = 30;

    private enum Behaviour {
        /** Reads all that comes back, then ends its output. */
        ORDERLY,
        /** Ends its output at once, then reads to the end. */
        HALF_CLOSE,
        /** As HALF_CLOSE, but does nothing for a while before it reads. */
        STALL,
        /** Reads some of it, then resets the connection. */
        RESET,
        /** Sends, reads nothing, and closes. */
        VANISH,
        /** Closes at once. */
        CONNECT_ONLY
    }

    /** How many bytes the client has sent, and how many of these it has read back. */
    record Bytes(long sent, long returned) {}

    private final SocketAddress address;
    private final byte[] content;
    private final SplittableRandom random;

    SoakClient(SocketAddress address, byte[] content, SplittableRandom random) {
        this.address = address;
        this.content = content;
        this.random = random;
    }

    @Override
    public Bytes call() throws Exception {
        Behaviour behaviour = Behaviour.values()[random.nextInt(Behaviour.values().length)];
        int size = 1 + random.nextInt(1 + random.nextInt(MOST_BYTES));
        int from = random.nextInt(content.length - size);
        try (SocketChannel channel = SocketChannel.open(address)) {
            if (behaviour == Behaviour.CONNECT_ONLY) {
                return new Bytes(0, 0);
            }
            send(channel, from, size);
            switch (behaviour) {
                case ORDERLY -> {
                    receive(channel, from, size);
                    channel.shutdownOutput();
                    assertEquals(-1, channel.read(ByteBuffer.allocate(1)), "more than was sent");
                    return new Bytes(size, size);
                }
                case HALF_CLOSE, STALL -> {
                    channel.shutdownOutput();
                    if (behaviour == Behaviour.STALL) {
                        Thread.sleep(random.nextInt(LONGEST_STALL_MILLIS)); // the stall itself
                    }
                    receive(channel, from, size);
                    assertEquals(-1, channel.read(ByteBuffer.allocate(1)), "more than was sent");
                    return new Bytes(size, size);
                }
                case RESET -> {
                    int some = random.nextInt(size);
                    receive(channel, from, some);
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                    return new Bytes(size, some);
                }
                default -> {
                    return new Bytes(size, 0);
                }
            }
        } catch (IOException | AssertionError e) {
            throw new AssertionError(behaviour + " with " + size + " bytes", e);
        }
    }

    /** Sends in two pieces. */
    private void send(SocketChannel channel, int from, int size) throws IOException {
        int first = random.nextInt(size);
        for (ByteBuffer bytes : new ByteBuffer[] {
            ByteBuffer.wrap(content, from, first), ByteBuffer.wrap(content, from + first, size - first)}) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    private void receive(SocketChannel channel, int from, int size) throws IOException {
        ByteBuffer received = ByteBuffer.allocate(size);
        while (received.hasRemaining()) {
            int count = channel.read(received);
            assertTrue(count > 0, () -> "the end after " + received.position() + " bytes");
        }
        assertEquals(ByteBuffer.wrap(content, from, size), received.flip(), "what came back");
    }
}
