package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;

/** One client of an echo service, of the JDK's: it behaves in one of several ways, and knows what must come back. */
final class SoakClient implements Callable<SoakClient.Bytes> {
    /** What fits into the buffers of both sides, so that a client may send it all before it reads. */
    private static final int MOST = 40_000;

    private static final int LONGEST_STALL_MILLIS = 30;

    private enum Behaviour {
        /** Reads all that it has sent, then ends. */
        ORDERLY,
        /** Ends its sending at once, then reads to the end. */
        HALF_CLOSE,
        /** Like that, but does nothing at all for a while. */
        STALL,
        /** Reads some, and resets the connection. */
        RESET,
        /** Reads nothing and is gone. */
        VANISH,
        /** Does not even send. */
        CONNECT_ONLY
    }

    /** How many it has sent, and how many of these came back. */
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
        int size = 1 + random.nextInt(1 + random.nextInt(MOST));
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

    /** In two pieces. */
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
            assertEquals(true, count > 0, () -> "the end after " + received.position() + " bytes");
        }
        assertEquals(ByteBuffer.wrap(content, from, size), received.flip(), "what came back");
    }
}
