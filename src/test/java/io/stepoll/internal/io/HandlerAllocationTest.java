package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.AllocatedBytes;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An echo by handlers. The test counts bytes and events, and measures no time. */
@Timeout(120)
class HandlerAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int ECHOES = 20_000;

    /** An echo costs one event at either end and, once all code is compiled, no garbage. */
    @Test
    void echoAllocatesNothingAndCostsOneEventAtEitherEnd() throws Exception {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            int[] echoes = new int[1];
            long[] allocated = new long[2];
            long[] events = new long[2];
            ByteBuffer buffer = ByteBuffer.allocateDirect(64);
            loop.own(ends[0]).handle(descriptor -> {
                descriptor.tryRead(buffer.clear());
                descriptor.tryWrite(buffer.flip());
            }, true, false);
            ByteBuffer outer = ByteBuffer.allocateDirect(64);
            Descriptor client = loop.own(ends[1]);
            client.handle(descriptor -> {
                if (descriptor.tryRead(outer.clear()) > 0 && ++echoes[0] < WARM_UP + ECHOES) {
                    descriptor.tryWrite(outer.flip());
                }
                if (echoes[0] == WARM_UP || echoes[0] == WARM_UP + ECHOES) {
                    int which = echoes[0] == WARM_UP ? 0 : 1;
                    allocated[which] = allocatedBytes.now();
                    events[which] = Loop.of(loop).poller().dispatched();
                }
                if (echoes[0] == WARM_UP + ECHOES) {
                    loop.stop();
                }
            }, true, false);
            client.tryWrite(ByteBuffer.allocate(64));
            loop.run();
            assertEquals(2 * ECHOES, events[1] - events[0], 2, "an event at either end for each echo");
            double each = (double) (allocated[1] - allocated[0]) / ECHOES;
            assertTrue(each < 1, () -> each + " bytes an echo");
        }
    }
}
