package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.Task;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.buffer.IdleTimeoutException;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.support.StreamKind;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Buffered streams over TLS: bytes may be decrypted already, without any readiness of the socket. */
@Timeout(60)
class TlsBufferedStreamTest extends TlsFixture {
    private Task<Void> echoLines(BufferedStream stream) {
        return loop.spawn(() -> {
            try (stream) {
                for (String line = stream.readLine(100_000); line != null; line = stream.readLine(100_000)) {
                    stream.print(line);
                    stream.print("\n");
                }
                stream.shutdownOutput();
            }
        });
    }

    /** The first call does the handshake, be it a read or a write. */
    @ParameterizedTest
    @EnumSource
    void linesOfAllLengths(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP);
            BufferedStream client = BufferedStream.over(ends.client());
            Task<Void> serving = echoLines(BufferedStream.over(ends.server()));
            for (int length : new int[] {0, 1, 100, 16_383, 16_384, 16_385, 50_000}) {
                String line = "x".repeat(length);
                client.print(line);
                client.print("\n");
                assertEquals(line, client.readLine(length));
            }
            for (int i = 0; i < 100; i++) {
                client.print("pipelined " + i + "\n");
            }
            for (int i = 0; i < 100; i++) {
                assertEquals("pipelined " + i, client.readLine(100));
            }
            client.shutdownOutput();
            assertNull(client.readLine(100));
            client.close();
            serving.join();
            assertEquals(0, loop.buffers().takenBytes());
        });
    }

    /**
     * Several records come at once. The first read takes one of them; those behind it are within the connection, and no
     * event of the socket follows.
     */
    @ParameterizedTest
    @EnumSource
    void recordsThatCameTogether(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = connected(tls);
            for (int i = 0; i < 20; i++) {
                ends.client().write(bytes("record " + i + "\n"));
            }
            loop.sleep(Duration.ofMillis(1));
            BufferedStream server = BufferedStream.over(ends.server());
            for (int i = 0; i < 20; i++) {
                assertTrue(server.awaitRequest());
                assertEquals("record " + i, server.readLine(100));
            }
            ends.close();
            server.close();
        });
    }

    @ParameterizedTest
    @EnumSource
    void anIdleStreamHoldsNoBuffer(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = connected(tls);
            BufferedStream client = BufferedStream.over(ends.client());
            Task<Void> serving = echoLines(BufferedStream.over(ends.server()));
            client.print("line\n");
            assertEquals("line", client.readLine(100));
            assertEquals(Descriptor.WOULD_BLOCK, client.tryFill()); // gives the empty buffer back, as a wait does
            loop.sleep(Duration.ofMillis(5));
            assertEquals(0, loop.buffers().takenBytes());
            client.close();
            serving.join();
        });
    }

    @ParameterizedTest
    @EnumSource
    void timeoutsAndDrainingEndAWait(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = connected(tls);
            BufferedStream server = BufferedStream.over(ends.server()).idleTimeout(Duration.ofMillis(5));
            assertThrows(IdleTimeoutException.class, server::fill);
            assertThrows(IdleTimeoutException.class, server::awaitRequest);
            ends.client().write(bytes("still usable\n"));
            assertEquals("still usable", server.readLine(100));
            LoopDescriptors.of(loop).draining().begin();
            assertTrue(!server.awaitRequest());
            server.close();
            ends.close();
        });
    }

    /** A client that does not shake hands is silent, too. */
    @ParameterizedTest
    @EnumSource
    void aHandshakeHasTheTimeout(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP);
            BufferedStream server = BufferedStream.over(ends.server()).waitTimeout(Duration.ofMillis(5));
            assertThrows(SocketTimeoutException.class, server::fill);
            assertEquals(0, loop.buffers().takenBytes());
            server.close();
            ends.close();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aLargeWriteBehindWhatIsBuffered(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = connected(tls);
            BufferedStream client = BufferedStream.over(ends.client());
            BufferedStream server = BufferedStream.over(ends.server());
            ByteBuffer target = ByteBuffer.allocate(300_004);
            Task<Void> reading = loop.spawn(() -> server.readFully(target));
            client.print("head");
            client.write(ByteBuffer.wrap("y".repeat(300_000).getBytes()));
            reading.join();
            assertEquals("head" + "y".repeat(300_000), new String(target.array()));
            client.close();
            server.close();
        });
    }
}
