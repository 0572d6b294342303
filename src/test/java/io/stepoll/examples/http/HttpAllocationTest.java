package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request allocates once all code is compiled. The test counts bytes, and measures no time. */
@Timeout(180)
class HttpAllocationTest {
    private static final String GET = "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    private static final int WARM_UP = 20_000;
    private static final int BATCHES = 20_000;

    /** Batches of so many pipelined requests, one after the other, over one connection. */
    @ParameterizedTest
    @CsvSource({"task,1", "task,16", "callback,1", "callback,16"})
    void aRequestAllocatesNothing(String style, int depth) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (EventLoop loop = EventLoop.open()) {
            HttpLoop http = new HttpLoop(loop);
            StreamSocket[] ends = StreamSocket.pair(loop);
            if (style.equals("task")) {
                loop.spawn(() -> SiteTask.serve(http, ends[0]));
            } else {
                Descriptor server = ends[0].descriptor();
                server.handle(new HttpHandler(http, server), true, false);
            }
            Client client = new Client(loop, threads, depth);
            ends[1].descriptor().handle(client::readable, true, false);
            client.send(ends[1].descriptor());
            loop.run();
            double each = (double) (client.allocated[1] - client.allocated[0]) / BATCHES / depth;
            assertTrue(each < 1, () -> each + " bytes a request");
        }
    }

    /** Sends the next batch when all answers to the last one have come. */
    private static final class Client {
        final long[] allocated = new long[2];
        private final EventLoop loop;
        private final ThreadMXBean threads;
        private final ByteBuffer requests;
        private final ByteBuffer answers = ByteBuffer.allocateDirect(1 << 14);
        private final int depth;
        private int answerBytes;
        private int received;
        private int batches;

        Client(EventLoop loop, ThreadMXBean threads, int depth) {
            this.loop = loop;
            this.threads = threads;
            this.depth = depth;
            byte[] bytes = GET.repeat(depth).getBytes(StandardCharsets.US_ASCII);
            requests = ByteBuffer.allocateDirect(bytes.length).put(bytes);
        }

        void send(Descriptor descriptor) throws IOException {
            requests.rewind();
            assertEquals(requests.capacity(), descriptor.tryWrite(requests));
        }

        void readable(Descriptor descriptor) throws IOException {
            int count = descriptor.tryRead(answers.clear());
            if (count <= 0) {
                return;
            }
            received += count;
            if (answerBytes == 0) {
                assertEquals(0, received % depth);
                answerBytes = received; // the first batch comes at once, and all have the same length
            }
            if (received == answerBytes) {
                received = 0;
                batches++;
                if (batches == WARM_UP || batches == WARM_UP + BATCHES) {
                    allocated[batches == WARM_UP ? 0 : 1] = threads.getCurrentThreadAllocatedBytes();
                }
                if (batches == WARM_UP + BATCHES) {
                    loop.stop();
                } else {
                    send(descriptor);
                }
            }
        }
    }
}
