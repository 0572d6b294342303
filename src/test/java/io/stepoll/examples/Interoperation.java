package io.stepoll.examples;

import io.stepoll.support.Seeds;
import java.io.IOException;
import java.nio.file.Path;

/** What the tests with foreign programs exchange, and where. */
final class Interoperation {
    /** How many bytes go each way. */
    static final int BYTES = 1_000_000;

    private Interoperation() {}

    /** Random bytes. */
    static byte[] content() {
        byte[] content = new byte[BYTES];
        Seeds.random("Interoperation").nextBytes(content);
        return content;
    }

    /** An address of a kind, tcp or unix, at which nobody listens. */
    static String address(String kind, Path folder) throws IOException {
        return kind.equals("tcp") ? ExampleProcess.freeTcpAddress() : "unix:" + folder.resolve("socket");
    }
}
