package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The check of descriptors sees what is left: without that its silence would say nothing. */
@Timeout(60)
class DescriptorLeaksTest {
    @Test
    void namesWhatIsLeft() throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        int[] ends = RawSockets.pair();
        EventLoop loop = EventLoop.open();
        List<String> left = DescriptorLeaks.difference(before).stream()
                .map(line -> line.replaceAll("^\\d+ |\\[\\d+\\]", "")).sorted().toList();
        assertEquals(List.of("anon_inode:[eventfd]", "anon_inode:[eventpoll]", "socket:", "socket:"), left);
        loop.close();
        RawSockets.close(ends[0]);
        RawSockets.close(ends[1]);
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }
}
