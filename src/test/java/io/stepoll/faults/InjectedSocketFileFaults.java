package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.SystemCallFailure;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.Emulator;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults in the calls on the files of Unix sockets, and in those on the standard streams. */
@Timeout(20)
class InjectedSocketFileFaults extends FaultFixture {
    @TempDir
    Path folder;

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(folder.resolve("file"));
    }

    private Closeable bind(boolean stream) throws IOException {
        return stream ? Listener.bind(loop, address()) : DatagramEndpoint.bind(loop, address());
    }

    /** Leaves a file to which no socket is bound. */
    private void leaveDead() throws IOException {
        try (Listener killed = Listener.bind(loop, address())) {
            killed.keepFile();
        }
        assertTrue(Files.exists(address().getPath()));
    }

    /** The exception is of the call that failed, and has the refused bind beside it. The dead file stays. */
    @ParameterizedTest
    @CsvSource({"lstat, ENOMEM", "lstat, EACCES", "socket, EMFILE", "open, EMFILE", "open, ENFILE", "open, ENOMEM",
        "flock, ENOLCK", "unlink, EPERM", "unlink, EACCES", "unlink, EROFS"})
    void aDeadFileThatCannotBeReplaced(String call, Fault fault) throws Exception {
        leaveDead();
        for (boolean stream : new boolean[] {true, false}) {
            Fault.Rule rule = fault.on(call, Fault.ANY, call.equals("socket") ? 1 : 0, 1, 1);
            IOException failure = assertThrows(IOException.class, () -> bind(stream));
            assertEquals(1, rule.hits());
            SystemCallFailure failed = assertFailure(call, fault, failure);
            assertTrue(failed.failedCall().address().contains(address().toString()), failure::getMessage);
            assertTrue(Arrays.stream(failure.getSuppressed()).anyMatch(BindException.class::isInstance));
            assertTrue(Files.exists(address().getPath()));
            Fault.clear();
        }
        bind(true).close();
    }

    /** Without the right to read the folder the dead file is replaced without the lock; a signal is no failure. */
    @ParameterizedTest
    @CsvSource({"open, EACCES", "flock, EINTR", "flock, EAGAIN"})
    void aDeadFileThatIsReplaced(String call, Fault fault) throws Exception {
        leaveDead();
        Fault.Rule rule = fault.first(1, call, Fault.ANY);
        bind(true).close();
        assertEquals(1, rule.hits());
        assertFalse(Files.exists(address().getPath()));
    }

    /** A socket whose file cannot be looked at would leave it behind at its close, and nobody would know. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNewFileThatCannotBeLookedAt(boolean stream) throws Exception {
        Fault.ENOMEM.first(1, "lstat", Fault.ANY);
        SystemCallFailure failed = assertFailure("lstat", Fault.ENOMEM,
                assertThrows(IOException.class, () -> bind(stream)));
        assertTrue(failed.failedCall().address().contains(address().toString()));
        bind(stream).close();
    }

    /** A close does not fail. The file that stays is dead, and the next bind replaces it. */
    @ParameterizedTest
    @CsvSource({"lstat, ENOMEM", "unlink, EPERM"})
    void aFileThatACloseCannotRemove(String call, Fault fault) throws Exception {
        Closeable bound = bind(true);
        Fault.Rule rule = fault.first(1, call, Fault.ANY);
        bound.close();
        assertEquals(1, rule.hits());
        assertTrue(Files.exists(address().getPath()));
        bind(true).close();
        assertFalse(Files.exists(address().getPath()));
    }

    @Test
    void standardStreams() throws Exception {
        Emulator.assumeNone("the number 0 does not stay free there");
        List<String> options = List.of("-Dstepoll.library=" + System.getProperty("stepoll.library"));
        assertEquals("done", ChildJvm.runWell(options, StandardStreamsRefused.class));
    }
}
