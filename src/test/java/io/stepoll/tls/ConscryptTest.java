package io.stepoll.tls;

import io.stepoll.support.ChildTests;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Runs tests with the cryptography of Conscrypt (BoringSSL), in a JVM of their own: under {@code -Xcheck:jni} its
 * native code gets a warning in each call.
 */
@Timeout(120)
class ConscryptTest {
    @TestFactory
    Stream<DynamicTest> allTests() throws Exception {
        return ChildTests.with(List.of("-XX:-CheckJNICalls", "-Dstepoll.conscrypt=true"), _ -> {},
                List.of(TlsSocketTest.class, TlsHandshakeTest.class, TlsWaitsTest.class));
    }
}
