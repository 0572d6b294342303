package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.support.Libc;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A child's main, with the fault build. What puts /dev/null over the number 0 is refused. Prints {@code done}. */
final class StandardStreamsRefused {
    private static final Path INPUT = Path.of("/proc/self/fd/0");
    private static final Path NULL_DEVICE = Path.of("/dev/null");

    private StandardStreamsRefused() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Path before = Files.readSymbolicLink(INPUT);
            for (String call : new String[] {"open", "dup2"}) {
                Fault.Rule rule = Fault.ENOMEM.first(1, call, Fault.ANY);
                FaultFixture.assertFailure(call, Fault.ENOMEM, assertThrows(IOException.class, () -> loop.adopt(0)));
                assertEquals(1, rule.hits());
                assertEquals(before, Files.readSymbolicLink(INPUT));
            }
            loop.adopt(0).close();
            assertEquals(NULL_DEVICE, Files.readSymbolicLink(INPUT));
            Libc.dup(RawSockets.pair()[0], 0);
            Descriptor input = loop.adopt(0);
            Fault.ENOMEM.first(1, "dup2", Fault.ANY);
            input.close(); // then by close(2): the descriptor goes, if not to /dev/null
            assertEquals(false, RawSockets.isOpen(0));
        }
        System.out.print("done");
    }
}
