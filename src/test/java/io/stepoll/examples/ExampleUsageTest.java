package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong arguments: one line about a wrong address, then one line about the right usage, and status 2. */
@Timeout(180)
class ExampleUsageTest {
    private static List<String> errors(String commandLine, int status) throws Exception {
        String[] words = commandLine.split(" ");
        String[] arguments = Arrays.copyOfRange(words, 1, words.length);
        try (ExampleProcess example = ExampleProcess.start(words[0], arguments)) {
            assertEquals(status, example.awaitEnd(), example::errors);
            return example.errors().lines().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"EchoServer", "EchoServer tcp:localhost:0 fast", "EchoServer unix:@a task more",
        "ChatServer", "ChatServer unix:@a unix:@b", "RedisServer", "Proxy", "Proxy unix:@a",
        "Proxy unix:@a unix:@b unix:@c",
        "UdpEcho", "UdpEcho udp:127.0.0.1:0 more", "TimeServer", "TimeServer unix:@a more", "HttpServer unix:@a",
        "HttpServer unix:@a fast", "HttpServer unix:@a task 0", "Dashboard",
        "Dashboard unix:@a 0"})
    void aWrongNumberOfArguments(String commandLine) throws Exception {
        List<String> errors = errors(commandLine, 2);
        assertEquals(1, errors.size(), errors::toString);
        assertTrue(errors.getFirst().startsWith("usage: " + commandLine.split(" ")[0] + " "), errors::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EchoServer nonsense", "EchoServer tcp:127.0.0.1:none callback",
        "ChatServer udp:127.0.0.1:0", "Proxy unix:@a tcp:127.0.0.1", "Proxy nonsense unix:@a",
        "UdpEcho tcp:127.0.0.1:1", "TimeServer tcp:127.0.0.1:65536",
        "HttpServer nonsense task", "Dashboard nonsense"})
    void anArgumentThatIsNoAddress(String commandLine) throws Exception {
        String name = commandLine.split(" ")[0];
        List<String> errors = errors(commandLine, 2);
        assertEquals(2, errors.size(), errors::toString);
        assertTrue(errors.getFirst().startsWith(name + ": \""), errors::toString);
        assertTrue(errors.getLast().startsWith("usage: " + name + " "), errors::toString);
    }

    /** An address that cannot be bound: one line with the reason, and status 1. */
    @ParameterizedTest
    @ValueSource(strings = {"EchoServer", "ChatServer", "RedisServer", "Proxy", "TimeServer", "UdpEcho"})
    void anAddressThatCannotBeBound(String name) throws Exception {
        String address = "unix:/nowhere/to/be/found";
        List<String> errors = errors(name + " " + address + (name.equals("Proxy") ? " unix:@a" : ""), 1);
        assertEquals(1, errors.size(), errors::toString);
        assertTrue(errors.getFirst().startsWith(name + ": bind on " + address + ": ENOENT"), errors::toString);
    }
}
