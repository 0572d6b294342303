package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.Emulator;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example of docs/tls.md as a user does, with a key store that keytool makes. */
@Timeout(120)
class TlsEchoTest {
    @TempDir
    private Path folder;

    @Test
    void theServerAnswers() throws Exception {
        Emulator.assumeNone("a handshake takes longer than the 10 s that the example allows");
        String store = folder.resolve("keys.p12").toString();
        List<String> keytool = List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "own", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
                "san=dns:localhost", "-storetype", "PKCS12", "-storepass", "changeit", "-keystore", store);
        ProcessBuilder builder = new ProcessBuilder(keytool).inheritIO();
        builder.environment().remove("LD_PRELOAD"); // the sanitizers that this JVM may run under
        assertEquals(0, builder.start().waitFor());
        try (ExampleProcess process = ExampleProcess.start("TlsEcho", store, "changeit")) {
            assertEquals(List.of("answer: hello"), process.lines().toList(), process::errors);
            assertEquals(0, process.awaitEnd());
        }
    }
}
