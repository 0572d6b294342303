package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.examples.redis.ClientOutput;
import io.stepoll.examples.redis.Database;
import io.stepoll.examples.redis.Session;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;

/**
 * Speaks the protocol of Redis, version 2, with clients and tools of others, until SIGINT or SIGTERM. Has the commands
 * of docs/redis-example.md; the keys are in memory only.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.RedisServer
 * unix:@name | unix:/path | tcp:host:port</pre>
 */
public final class RedisServer {
    private static final int MOST_CLIENTS = 10_000;
    private static final long MOST_QUEUED_BYTES = 8 << 20; // for a subscriber: one that reads no faster is dropped

    private RedisServer() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) {
        ServerMain.run("RedisServer", "unix:@name | unix:/path | tcp:host:port", arguments.length == 1,
                () -> serve(Addresses.parse(arguments[0])));
    }

    private static void serve(SocketAddress address) throws IOException {
        try (EventLoop loop = EventLoop.open()) {
            Shutdown.of(loop).onSignals();
            Database database = new Database(loop, System::nanoTime);
            Server.builder(loop).maxConnections(MOST_CLIENTS, Server.WhenFull.REFUSE)
                    .serve(connection -> serve(database, connection.socket())).open(address);
            System.out.println("READY");
            loop.run();
        }
    }

    /**
     * Runs in a task for each client. What has come is parsed at once, and the replies go before the next wait:
     * pipelined commands cost one read and one write. A client that does not read its replies holds up its own task
     * only.
     */
    private static void serve(Database database, StreamSocket client) throws IOException {
        try (BufferedStream stream = BufferedStream.over(client);
                Session session = new Session(database, new Output(client, stream))) {
            while (!session.isEnded() && (session.isWithinRequest() || stream.awaitRequest()) && stream.fill() >= 0) {
                while (!session.isEnded() && stream.input().hasRemaining()) {
                    session.serve(stream.input());
                }
            }
            stream.flush();
        } catch (AsynchronousCloseException e) {
            // The queue of messages has closed the connection: it is broken, or the client does not read.
        }
    }

    /** Replies go into the stream, and messages of other clients into a queue. */
    private static final class Output implements ClientOutput {
        private final StreamSocket client;
        private final BufferedStream stream;
        private WriteQueue queue; // null until the first message

        Output(StreamSocket client, BufferedStream stream) {
            this.client = client;
            this.stream = stream;
        }

        @Override
        public ByteBuffer room(int bytes) throws IOException {
            return stream.output(bytes);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            stream.write(bytes, start, length);
        }

        @Override
        public void message(SharedMessage message) {
            try {
                if (queue == null) {
                    queue = WriteQueue.over(client).limit(MOST_QUEUED_BYTES, WriteQueue.WhenFull.CLOSE);
                }
                queue.write(message);
            } catch (IOException e) {
                // The subscriber has gone: its own task finds that out.
            }
        }
    }
}
