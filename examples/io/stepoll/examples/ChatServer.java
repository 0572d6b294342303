package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.buffer.LineTooLongException;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Passes each line of a client on to all others, until SIGINT or SIGTERM. A line of more than 4096 bytes comes in
 * pieces. Drops clients that do not read. So what a client can make the server keep is bounded.
 */
public final class ChatServer {
    private static final int LONGEST_LINE = 4096;
    private static final int MOST_CHARACTER_BYTES = 4;
    private static final int MOST_CLIENTS = 10_000;
    private static final long MOST_QUEUED_BYTES = 1 << 20;

    private final EventLoop loop;
    /** What each client is to be sent. Needs no lock: only tasks of one loop use it, and none waits meanwhile. */
    private final Set<WriteQueue> queues = new LinkedHashSet<>();
    private int clients;

    private ChatServer(EventLoop loop) {
        this.loop = loop;
    }

    /** Serves at unix:@name, unix:/path or tcp:host:port. */
    public static void main(String[] arguments) {
        ServerMain.run("ChatServer", "unix:@name | unix:/path | tcp:host:port", arguments.length == 1,
                () -> serve(Addresses.parse(arguments[0])));
    }

    private static void serve(SocketAddress address) throws IOException {
        try (EventLoop loop = EventLoop.open()) {
            Shutdown.of(loop).onSignals();
            ChatServer server = new ChatServer(loop);
            Server.builder(loop).maxConnections(MOST_CLIENTS, Server.WhenFull.REFUSE)
                    .serve(connection -> server.chat(connection.socket())).open(address);
            System.out.println("READY");
            loop.run();
        }
    }

    /** Runs in a task for each client and reads its lines. An error ends the chat as if the client had left. */
    private void chat(StreamSocket client) throws IOException {
        String name = "client " + ++clients;
        WriteQueue queue = WriteQueue.over(client).limit(MOST_QUEUED_BYTES, WriteQueue.WhenFull.CLOSE);
        queues.add(queue);
        try (BufferedStream stream = BufferedStream.over(client)) {
            sendToOthers(queue, name + " joined");
            while (stream.awaitRequest()) {
                String line = nextLine(stream);
                if (line == null) {
                    return;
                }
                sendToOthers(queue, name + ": " + line);
            }
        } catch (AsynchronousCloseException e) {
            // The queue has closed the connection: it is broken, or the client does not read.
        } finally {
            queues.remove(queue);
            sendToOthers(queue, name + " left");
        }
    }

    /** Returns the next line, or as much of it as is allowed, or has come; null at the end. */
    private static String nextLine(BufferedStream stream) throws IOException {
        try {
            return stream.readLine(LONGEST_LINE);
        } catch (LineTooLongException e) {
            return piece(stream, LONGEST_LINE);
        } catch (EOFException e) {
            return piece(stream, stream.input().remaining());
        }
    }

    /** Takes so many bytes of the input, or a few less, so as not to cut a character. */
    private static String piece(BufferedStream stream, int most) {
        ByteBuffer input = stream.input();
        int length = most;
        while (length < input.remaining() && length > most - MOST_CHARACTER_BYTES
                && isWithinCharacter(input.get(input.position() + length))) {
            length--;
        }
        byte[] bytes = new byte[length];
        input.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Whether a byte of UTF-8 does not begin a character. */
    private static boolean isWithinCharacter(byte next) {
        return (next & 0xC0) == 0x80;
    }

    /** Waits for nobody. A client whose queue is full loses its connection, and so its own task ends the chat. */
    private void sendToOthers(WriteQueue speaker, String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        try (SharedMessage message = SharedMessage.copyOf(loop, bytes)) {
            for (WriteQueue queue : queues) {
                if (queue != speaker && queue.isOpen()) {
                    queue.write(message);
                }
            }
        }
    }
}
