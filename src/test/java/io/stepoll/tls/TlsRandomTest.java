package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Certificates;
import io.stepoll.support.Seeds;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A network between the two ends that cuts what it carries: at random places, with pauses, for good after some byte.
 * The time is virtual. {@code -Dstepoll.tls.runs=N} sets the number of random runs, {@code -Dstepoll.tls.stride=1} cuts
 * after each byte of the handshake.
 */
@Timeout(120)
class TlsRandomTest extends TlsFixture {
    private static final int RUNS = Integer.getInteger("stepoll.tls.runs", 40);
    private static final int STRIDE = Integer.getInteger("stepoll.tls.stride", 29);
    private static final int MOST = 60_000;

    private SplittableRandom random;

    @BeforeEach
    @Override
    void open() throws Exception {
        loop = EventLoop.builder().name("tls").clock(VirtualClock.create()).open();
    }

    /** A way from one socket to another one. Each piece of what comes has a size and a delay of its own. */
    private final class Wire {
        private final StreamSocket from;
        private final StreamSocket to;
        private final int most;
        private int left = Integer.MAX_VALUE;
        private int carried;

        Wire(StreamSocket from, StreamSocket to) {
            this.from = from;
            this.to = to;
            most = random.nextBoolean() ? 40 : 4000;
        }

        void carry() throws Exception {
            ByteBuffer buffer = ByteBuffer.allocateDirect(MOST);
            try {
                while (left > 0) {
                    buffer.clear().limit(Math.min(left, 1 + random.nextInt(most)));
                    if (from.read(buffer) < 0) {
                        break;
                    }
                    left -= buffer.position();
                    carried += buffer.position();
                    if (random.nextInt(4) == 0) {
                        loop.sleep(Duration.ofMillis(random.nextInt(4)));
                    }
                    to.write(buffer.flip());
                }
                to.shutdownOutput();
            } catch (IOException e) {
                // The other end has gone.
            }
        }
    }

    /** Two ends, and what is between them. */
    private final class Network implements AutoCloseable {
        private final StreamSocket[] near = StreamSocket.pair(loop);
        private final StreamSocket[] far = StreamSocket.pair(loop);
        private final Wire there = new Wire(near[1], far[1]);
        private final Wire back = new Wire(far[1], near[1]);
        private final Ends ends;

        Network(TlsClient client, TlsServer server) throws IOException {
            ends = new Ends(client.over(near[0], "localhost"), server.over(far[0]));
        }

        void begin() {
            loop.spawn(there::carry);
            loop.spawn(back::carry);
        }

        @Override
        public void close() {
            ends.close();
            near[1].close();
            far[1].close();
        }
    }

    // After some byte

    /**
     * The end of the connection that follows a number of bytes. Whoever still waits for the rest hears of the end.
     * Returns false if the bytes were enough for the handshake.
     */
    private boolean cut(TlsClient client, TlsServer server, boolean isClients, int length) throws Exception {
        try (Network network = new Network(client, server)) {
            (isClients ? network.there : network.back).left = length;
            network.begin();
            Task<Void> serving = loop.spawn(() -> network.ends.server().handshake());
            Task<Void> asking = loop.spawn(() -> network.ends.client().handshake());
            Throwable end = failure(isClients ? serving : asking);
            if (end != null) {
                assertInstanceOf(SSLException.class, end, () -> "after " + length);
                assertTrue(end.getMessage().contains("the peer has closed the connection"), end::toString);
            }
            network.ends.close();
            failure(isClients ? asking : serving); // it has its end, of whatever kind
            return end != null;
        }
    }

    /** Cuts after more and more bytes, until they are enough. Returns how many are. */
    private int enough(TlsClient client, TlsServer server, boolean isClients, int first, int stride) throws Exception {
        int length = first;
        while (cut(client, server, isClients, length)) {
            length += stride;
        }
        return length;
    }

    private static Throwable failure(Task<Void> task) throws InterruptedException {
        try {
            task.join();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachFlightIsCut(Tls tls) throws Exception {
        random = new SplittableRandom(1);
        TlsClient client = tls.client().build();
        TlsServer server = tls.server().build();
        inTask(() -> {
            int hello = firstFlight(tls).length; // which TlsHandshakeTest cuts
            int ofClient = enough(client, server, true, hello, Math.min(STRIDE, 3));
            assertTrue(ofClient > hello + 30, () -> ofClient + " bytes are enough, " + hello + " of them the first");
            int ofServer = enough(client, server, false, 0, STRIDE);
            assertTrue(ofServer > 400, () -> ofServer + " bytes are enough");
            System.out.println(tls + ": enough were " + ofClient + " bytes of the client, from " + hello
                    + " on, and " + ofServer + " of the server");
        });
    }

    // At random places

    /** One end's part: it writes a sequence of its own, and compares what it reads with that of the other end. */
    private final class Party {
        private final TlsSocket socket;
        private final SSLEngine engine;
        private final int mine;
        private final int others;
        private final int length;
        private final int expected;

        Party(TlsSocket socket, SSLEngine engine, int mine, int others, int length, int expected) {
            this.socket = socket;
            this.engine = engine;
            this.mine = mine;
            this.others = others;
            this.length = length;
            this.expected = expected;
        }

        private Duration soon() {
            return Duration.ofMillis(random.nextInt(3));
        }

        /** Writes all, by writes of every sort, many of which end early. */
        void write() throws Exception {
            ByteBuffer source = ByteBuffer.allocate(length);
            for (int i = 0; i < length; i++) {
                source.put(at(mine, i));
            }
            source.flip();
            while (source.hasRemaining()) {
                int end = Math.min(source.limit(), source.position() + 1 + random.nextInt(20_000));
                ByteBuffer part = source.duplicate().limit(end);
                try {
                    switch (random.nextInt(5)) {
                        case 0 -> socket.write(part);
                        case 1 -> socket.write(part, soon());
                        case 2 -> loop.within(soon(), () -> socket.write(part));
                        case 3 -> tryWrite(part);
                        default -> socket.write(new ByteBuffer[] {part});
                    }
                } catch (SocketTimeoutException | DeadlineExceededException e) {
                    // What is left goes by the next one.
                }
                source.position(part.position());
                if (engine.getSession().getProtocol().equals("TLSv1.3") && random.nextInt(4) == 0) {
                    engine.beginHandshake(); // an update of keys, which the peer is to answer
                }
            }
            socket.handshake(); // if there was nothing to write
        }

        private void tryWrite(ByteBuffer part) throws IOException {
            socket.handshake();
            socket.tryWrite(part);
        }

        /** Reads all, in the same ways. */
        void read() throws Exception {
            int count = 0;
            while (count < expected) {
                int room = 1 + random.nextInt(random.nextBoolean() ? 10 : 20_000);
                ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(room) : ByteBuffer.allocateDirect(room);
                try {
                    switch (random.nextInt(5)) {
                        case 0 -> socket.read(target);
                        case 1 -> socket.read(target, soon());
                        case 2 -> loop.within(soon(), () -> socket.read(target));
                        case 3 -> tryRead(target);
                        default -> assertTrue(socket.awaitRequest());
                    }
                } catch (SocketTimeoutException | DeadlineExceededException e) {
                    assertFalse(target.position() > 0);
                }
                for (target.flip(); target.hasRemaining(); count++) {
                    assertEquals(at(others, count), target.get(), () -> "a byte of " + others);
                }
            }
        }

        private void tryRead(ByteBuffer target) throws Exception {
            socket.handshake();
            if (socket.tryRead(target) == Descriptor.WOULD_BLOCK) {
                loop.sleep(soon());
            }
        }

        private static byte at(int sequence, int index) {
            return (byte) (sequence * 31 + index * 7 + (index >> 8));
        }
    }

    private void run(Tls tls) throws Exception {
        HookedContext ofClient = HookedContext.over(tls.context(null));
        HookedContext ofServer = HookedContext.over(tls.context(Certificates.LOCAL));
        boolean byName = random.nextBoolean();
        TlsClient client = TlsClient.builder(ofClient).protocols(tls.version).build();
        TlsServer server = (byName ? TlsServer.builder(_ -> ofServer) : TlsServer.builder(ofServer))
                .protocols(tls.version).build();
        try (Network network = new Network(client, server)) {
            network.begin();
            for (TlsSocket end : List.of(network.ends.client(), network.ends.server())) {
                loop.spawn(() -> impatient(end)).join();
            }
            handshake(network.ends);
            int asked = random.nextInt(MOST);
            int answered = random.nextInt(MOST);
            Party here = new Party(network.ends.client(), ofClient.engine().real, 1, 2, asked, answered);
            Party there = new Party(network.ends.server(), ofServer.engine().real, 2, 1, answered, asked);
            try (var group = loop.<Void>openGroup()) {
                for (Party party : List.of(here, there)) {
                    group.spawn(() -> {
                        party.write();
                        return null;
                    });
                    group.spawn(() -> {
                        party.read();
                        return null;
                    });
                }
                group.join();
            }
            Task<Void> closing = loop.spawn(() -> network.ends.client().close(Duration.ofHours(1)));
            network.ends.server().close(Duration.ofHours(1));
            closing.join();
        }
    }

    /** Begins the handshake, and gives up soon. */
    private void impatient(TlsSocket end) throws Exception {
        for (int i = random.nextInt(4); i > 0; i--) {
            try {
                if (random.nextBoolean()) {
                    end.handshake(Duration.ofMillis(random.nextInt(2)));
                } else {
                    loop.within(Duration.ofMillis(random.nextInt(2)), () -> end.handshake());
                }
            } catch (InterruptedIOException | DeadlineExceededException e) {
                // It goes on later.
            }
        }
    }

    @Test
    void atRandomPlaces() throws Exception {
        SplittableRandom seeds = Seeds.random("tls");
        for (int i = 0; i < RUNS; i++) {
            random = seeds.split();
            Tls tls = random.nextInt(3) == 0 ? Tls.TLS_12 : Tls.TLS_13;
            inTask(() -> run(tls));
        }
    }
}
