package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Scanner;
import java.util.concurrent.ArrayBlockingQueue;

/** Tells each line of a client to all others, until SIGINT or SIGTERM. Who does not listen is dropped. */
public final class ChatServer {
    private static final int QUEUED_LINES = 1000;

    /** What is still to be told, to whom. Only tasks of one loop touch it, and none waits meanwhile: no lock. */
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
                    loop.spawn(() -> chat(loop, client, name));
                }
            });
            System.out.println("READY");
            loop.run();
            ServerMain.removeFile(address);
        }
    }

    /** A task for each client: hears what it says. An error is the end of its lines, as if it had left. */
    private static void chat(EventLoop loop, StreamSocket client, String name) {
        ArrayBlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUED_LINES);
        QUEUES.put(client, queue);
        var writer = loop.spawn(() -> write(client, queue));
        try (client; Scanner lines = new Scanner(client, StandardCharsets.UTF_8)) {
            tellOthers(client, name + " joined");
            while (lines.hasNextLine()) {
                tellOthers(client, name + ": " + lines.nextLine());
            }
        } finally {
            QUEUES.remove(client);
            writer.cancel();
            tellOthers(client, name + " left");
        }
    }

    private static void tellOthers(StreamSocket speaker, String line) {
        QUEUES.forEach((client, queue) -> {
            if (client != speaker && !queue.offer(line)) {
                client.close(); // which ends its chat
            }
        });
    }

    /** A second task for each client, which alone waits for one that is slow to listen. */
    private static void write(StreamSocket client, ArrayBlockingQueue<String> queue) throws InterruptedException {
        try (client) {
            while (true) {
                client.write(ByteBuffer.wrap((queue.take() + "\n").getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            // It has left, and its chat ends, too.
        }
    }
}
