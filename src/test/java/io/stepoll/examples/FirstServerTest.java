package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first server of README.md works as it stands there, by the command that stands there, but for its address. */
class FirstServerTest {
    private static final String ADDRESS = "tcp:127.0.0.1:7777";
    private static final String COMMAND = "java --enable-native-access=ALL-UNNAMED -cp target/classes Echo.java";

    @Test
    @Timeout(120)
    void answersAndEndsInOrder(@TempDir Path folder) throws Exception {
        assumeTrue(ModuleFinder.ofSystem().find("jdk.compiler").isPresent(), "this JDK has no compiler");
        String page = Files.readString(Path.of("README.md"));
        assertTrue(page.contains('`' + COMMAND + '`'), "README.md has another command");
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(page);
        assertTrue(block.find() && block.group(1).contains(ADDRESS), "README.md has another server");
        String address = "unix:" + folder.resolve("echo");
        Path program = Files.writeString(folder.resolve("Echo.java"), block.group(1).replace(ADDRESS, address));
        Path output = folder.resolve("output");
        Path library = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Process server = new ProcessBuilder(Programs.interruptible(List.of(Programs.java(),
                "--enable-native-access=ALL-UNNAMED", "-cp", library.toString(), program.toString())))
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            Looks.until(() -> !server.isAlive() || answers(address));
            try (SocketChannel client = ClientChannels.connect(address)) {
                ClientChannels.send(client, "hello");
                client.shutdownOutput();
                assertEquals("hello", ClientChannels.readAll(client));
            }
            server.destroy();
            assertEquals(0, server.waitFor());
            assertEquals("", Files.readString(output));
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private static boolean answers(String address) {
        try {
            ClientChannels.connect(address).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
