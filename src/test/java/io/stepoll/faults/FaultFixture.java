package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.TaskBody;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A loop for a test of faults. The faults end with the test. */
abstract class FaultFixture {
    private Snapshot before;
    EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        before = DescriptorLeaks.open();
        loop = EventLoop.builder().name("subject").open();
    }

    @AfterEach
    void close() throws Exception {
        Fault.clear();
        loop.close();
        assertEquals(List.of(), DescriptorLeaks.leftSince(before), "descriptors left open");
    }

    /** Runs the code in a task, and the loop until it is done. Throws what the code throws. */
    <T> T inTask(Callable<T> body) throws Exception {
        return TaskResults.of(loop, loop.spawn(body));
    }

    void inTask(TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    /** The failure is of this system call, by this fault, and its message names the address. */
    static SystemCallFailure assertFailure(String call, Fault fault, IOException failure) {
        SystemCallFailure failed = assertInstanceOf(SystemCallFailure.class, failure);
        assertEquals(call, failed.failedCall().call());
        assertEquals(fault.errno(), failed.errno());
        assertEquals(fault.name(), failed.failedCall().errnoName());
        String address = failed.failedCall().address();
        assertTrue(!address.isBlank() && failure.getMessage().contains(address), failure::getMessage);
        return failed;
    }
}
