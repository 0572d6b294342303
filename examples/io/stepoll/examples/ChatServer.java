package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.PushbackReader;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Passes each line of a client on to all others, until SIGINT or SIGTERM. A longer line than 4096 characters comes in
 * pieces. Drops clients that do not read. So what a client can make the server keep is bounded.
 */
public final class ChatServer {
    private static final int LONGEST_LINE = 4096;
    private static final int QUEUED_LINES = 1000;

    /** The lines to be sent to each client. Needs no lock: only tasks of one loop use it, and none waits meanwhile. */
    private static final HashMap<StreamSocket, ArrayBlockingQueue<String>> QUEUES = new HashMap<>();

    /** Serves at unix:@name, unix:/path or tcp:host:port. */
    public static void main(String[] arguments) {
        ServerMain.run("ChatServer", "unix:@name | unix:/path | tcp:host:port", arguments.length == 1,
                () -> serve(Addresses.parse(arguments[0])));
    }

    private static void serve(SocketAddress address) throws IOException {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, address)) {
            loop.stopOnSignals();
            loop.spawn(() -> {
                for (int number = 1;; number++) {
                    String name = "client " + number;
                    StreamSocket client = listener.accept();
                    loop.spawn(() -> chat(client, name));
                }
            });
            System.out.println("READY");
            loop.run();
        }
    }

    /** Runs in a task for each client and reads its lines. An error ends the chat as if the client had left. */
    private static void chat(StreamSocket client, String name) {
        ArrayBlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUED_LINES);
        QUEUES.put(client, queue);
        var writer = client.loop().spawn(() -> write(client, queue));
        try (client; var reader = new PushbackReader(Channels.newReader(client, StandardCharsets.UTF_8))) {
            sendToOthers(client, name + " joined");
            for (String line = nextLine(reader); line != null; line = nextLine(reader)) {
                sendToOthers(client, name + ": " + line);
            }
        } catch (IOException e) {
            // The client has broken off.
        } finally {
            QUEUES.remove(client);
            writer.cancel();
            sendToOthers(client, name + " left");
        }
    }

    /** Returns the next line, or as much of it as is allowed; null at the end. */
    private static String nextLine(PushbackReader reader) throws IOException {
        StringBuilder line = new StringBuilder();
        int next = reader.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            if (line.length() >= LONGEST_LINE && !Character.isLowSurrogate((char) next)) {
                reader.unread(next);
                break;
            }
            if (next != '\r') {
                line.append((char) next);
            }
            next = reader.read();
        }
        return line.toString();
    }

    private static void sendToOthers(StreamSocket speaker, String line) {
        QUEUES.forEach((client, queue) -> {
            if (client != speaker && !queue.offer(line)) {
                client.close(); // ends its chat, too
            }
        });
    }

    /** Runs in a second task for each client, so that nobody else waits for a client that reads slowly. */
    private static void write(StreamSocket client, ArrayBlockingQueue<String> queue) throws InterruptedException {
        try (client) {
            while (true) {
                client.write(ByteBuffer.wrap((queue.take() + "\n").getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            // The client has left, and its chat ends, too.
        }
    }
}
