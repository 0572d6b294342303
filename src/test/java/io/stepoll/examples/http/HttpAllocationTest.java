package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.AllocatedBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request allocates once all code is compiled: the best of several rounds. No time is measured. */
@Timeout(180)
class HttpAllocationTest {
    private static final String GET = "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    private static final int BATCHES = 10_000;
    private static final int ROUNDS = 20;

    /** Batches of so many pipelined requests, one after the other, over one connection. */
    @ParameterizedTest
    @CsvSource({"task,1", "task,16", "callback,1", "callback,16"})
    void aRequestAllocatesNothing(String style, int depth) throws Exception {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        try (EventLoop loop = EventLoop.open()) {
            HttpLoop http = new HttpLoop(loop);
            StreamSocket[] ends = StreamSocket.pair(loop);
            if (style.equals("task")) {
                loop.spawn(() -> SiteTask.serve(http, ends[0]));
            } else {
                Descriptor server = ends[0].descriptor();
                server.handle(new HttpHandler(http, server), true, false);
            }
            Client client = new Client(loop, allocatedBytes, depth);
            ends[1].descriptor().handle(client::readable, true, false);
            client.send(ends[1].descriptor());
            loop.run();
            assertTrue(client.least < 1, () -> client.least + " bytes a request");
        }
    }

    /** Sends the next batch when all answers to the last one have come. */
    private static final class Client {
        double least = Double.MAX_VALUE; // bytes of a request, in the best round
        private final EventLoop loop;
        private final AllocatedBytes allocatedBytes;
        private final ByteBuffer requests;
        private final ByteBuffer answers = ByteBuffer.allocateDirect(1 << 14);
        private final int depth;
        private int answerBytes;
        private int received;
        private int batches;
        private long before;

        Client(EventLoop loop, AllocatedBytes allocatedBytes, int depth) {
            this.loop = loop;
            this.allocatedBytes = allocatedBytes;
            this.depth = depth;
            before = allocatedBytes.now();
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
                if (++batches % BATCHES == 0) {
                    long now = allocatedBytes.now();
                    least = Math.min(least, (double) (now - before) / BATCHES / depth);
                    before = now;
                }
                if (least < 1 || batches == ROUNDS * BATCHES) {
                    loop.stop();
                } else {
                    send(descriptor);
                }
            }
        }
    }
}
