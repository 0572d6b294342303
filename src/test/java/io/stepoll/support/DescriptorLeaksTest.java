package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link DescriptorLeaks} finds descriptors that are left open: otherwise its silence would prove nothing. */
@Timeout(60)
public class DescriptorLeaksTest {
    @Test
    void namesTheDescriptorsLeftOpen() throws Exception {
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
