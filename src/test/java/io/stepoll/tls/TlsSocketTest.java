package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.net.StreamSocket;
import io.stepoll.support.StreamKind;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two ends of this library talk to each other, by each provider and version. */
@Timeout(60)
class TlsSocketTest extends TlsFixture {
    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP)) {
                var echo = loop.spawn(() -> echo(ends.server()));
                ends.client().write(bytes("hello"));
                assertReads("hello", ends.client());
                assertEquals(tls.version, ends.client().session().getProtocol());
                ends.client().shutdownOutput();
                assertEquals(-1, readOne(ends.client()));
                echo.join();
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void overUnixSockets(Tls tls) throws Exception {
        inTask(() -> {
            StreamSocket[] pair = StreamSocket.pair(loop);
            try (Ends ends = new Ends(tls.client().build().over(pair[0], "localhost"),
                    tls.server().build().over(pair[1]))) {
                var echo = loop.spawn(() -> echo(ends.server()));
                ends.client().write(new ByteBuffer[] {bytes("one "), bytes("two")});
                assertReads("one two", ends.client());
                ends.client().shutdownOutput();
                echo.join();
            }
        });
    }
}
