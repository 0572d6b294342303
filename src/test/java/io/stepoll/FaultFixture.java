package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.DescriptorLeaks.Snapshot;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A loop for a test of faults, which are over when the test is. */
abstract class FaultFixture {
    private Snapshot before;
    EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        EventLoop.open().close(); // what the first one leaves open stays
        before = DescriptorLeaks.open();
        loop = EventLoop.builder().name("subject").open();
    }

    @AfterEach
    void close() throws Exception {
        Fault.clear();
        loop.close();
        assertEquals(List.of(), DescriptorLeaks.difference(before), "descriptors left open");
    }

    /** Runs it in a task, and whatever it leaves behind; throws what it throws. */
    <T> T inTask(Callable<T> body) throws Exception {
        return result(loop.spawn(body));
    }

    /** Runs the loop until nothing is left. */
    <T> T result(Task<T> task) throws Exception {
        loop.runUntilDone();
        try {
            return task.join();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }
}
