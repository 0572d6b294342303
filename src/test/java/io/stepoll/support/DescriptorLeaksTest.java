package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import java.util.List;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
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

    /** A child's main: loads a class of Apache's client, which asks the JDK for the options that sockets have. */
    static final class LoadsApache {
        private LoadsApache() {}

        public static void main(String[] arguments) throws Exception {
            DescriptorLeaks.openPermanentDescriptors();
            DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
            Class.forName(DefaultHttpClientConnectionOperator.class.getName());
            System.out.println(DescriptorLeaks.difference(before));
        }
    }

    /** The first to ask in a JVM for the options of sockets opens some that only the garbage collector closes. */
    @Test
    void whatTheJdkLeavesToTheGarbageCollectorDoesNotCount() throws Exception {
        assertEquals("[]\n", ChildJvm.runWell(List.of(), LoadsApache.class));
    }
}
