package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BufferPool;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults in mmap(2), madvise(2) and munmap(2) under the buffer pool. */
@Timeout(20)
class InjectedMemoryFaults extends FaultFixture {
    @ParameterizedTest
    @EnumSource(names = {"ENOMEM", "EAGAIN", "EPERM"})
    void aBufferForWhichThereIsNoMemory(Fault fault) {
        BufferPool pool = loop.buffers();
        ByteBuffer before = pool.take(1);
        Fault.Rule rule = fault.first(1, "mmap", Fault.ANY);
        var refused = assertThrows(OutOfMemoryError.class, () -> pool.take(5000));
        assertEquals("a buffer of 8192 bytes for the pool of subject: mmap: " + fault.name(), refused.getMessage());
        assertEquals(1, rule.hits());
        assertEquals(before.capacity(), pool.takenBytes());
        ByteBuffer after = pool.take(5000);
        pool.give(before);
        pool.give(after);
    }

    /** Locked memory stays where it is. The buffer can be used again all the same. */
    @ParameterizedTest
    @EnumSource(names = {"ENOMEM", "EAGAIN", "EPERM"})
    void memoryThatTheSystemDoesNotTakeBack(Fault fault) {
        BufferPool pool = loop.buffers();
        ByteBuffer large = pool.take(1 << 23);
        Fault.Rule rule = fault.first(1, "madvise", Fault.ANY);
        pool.give(large.put(0, (byte) 7));
        assertEquals(1, rule.hits());
        assertEquals(0, pool.idleBytes());
        assertEquals(7, pool.take(1 << 23).get(0));
    }

    /** A hole in a mapping is one mapping more, and a process may have too many. */
    @Test
    void aLostBufferThatCannotBeUnmapped() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Fault.Rule rule = Fault.ENOMEM.first(1, "munmap", Fault.ANY);
            Fault.Rule released = Fault.count("madvise", Fault.ANY);
            loop.buffers().take(1);
            Looks.until(() -> {
                System.gc();
                return log.messages().stream().anyMatch(text -> text.startsWith("munmap"));
            });
            assertEquals(1, rule.hits());
            assertTrue(released.calls() >= 1);
            assertTrue(log.messages().stream().anyMatch(text -> text.contains("ENOMEM")), log.messages()::toString);
        }
    }
}
