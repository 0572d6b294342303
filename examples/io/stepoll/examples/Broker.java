package io.stepoll.examples;

import module java.base;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.net.Addresses;
import io.stepoll.net.Connection;
import io.stepoll.net.Server;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.sync.BoundedChannel;

/** What one loop has of a broker. Clients send "SUB topic" and "PUB topic text"; subscribers get "topic text". */
public final class Broker {
    private final Map<String, Set<WriteQueue>> topics = new HashMap<>(); // the subscribers on this loop
    private final BoundedChannel<String> published = new BoundedChannel<>(1000); // by clients of all loops

    /** Serves at an address, on one loop or on several: ADDRESS [loops]. */
    public static void main(String[] args) throws Exception {
        try (LoopGroup group = LoopGroup.open(args.length == 1 ? 1 : Integer.parseInt(args[1]))) {
            Shutdown.of(group).onSignals();
            var all = group.loops().stream().collect(Collectors.toUnmodifiableMap(loop -> loop, _ -> new Broker()));
            all.forEach((loop, broker) -> loop.spawnDaemon(broker::deliver));
            Server.builder(group).onFailure((client, why) -> System.err.println("dropped " + client + ": " + why))
                    .serve(client -> all.get(client.loop()).serve(client, all.values())).open(Addresses.parse(args[0]));
            System.out.println("READY");
            group.join();
        }
    }

    private void serve(Connection<Void> client, Collection<Broker> all) throws Exception {
        WriteQueue queue = WriteQueue.over(client.socket()).limit(1 << 20, WriteQueue.WhenFull.CLOSE);
        try (BufferedStream stream = BufferedStream.over(client.socket())) {
            while (stream.awaitRequest() && stream.readLine(8192) instanceof String line) {
                if (line.startsWith("SUB ")) {
                    topics.computeIfAbsent(line.substring(4), _ -> new HashSet<>()).add(queue);
                } else if (line.startsWith("PUB ")) {
                    for (Broker broker : all) {
                        broker.published.send(line.substring(4) + "\n"); // waits while that loop has enough to do
                    }
                }
            }
        } finally {
            topics.values().removeIf(queues -> queues.remove(queue) && queues.isEmpty());
        }
    }

    private void deliver() throws Exception {
        while (published.receive() instanceof String line) {
            Set<WriteQueue> queues = topics.getOrDefault(line.split("\\s", 2)[0], Set.of());
            try (var message = SharedMessage.copyOf(EventLoop.current(), ByteBuffer.wrap(line.getBytes()))) {
                for (WriteQueue queue : queues.stream().filter(WriteQueue::isOpen).toList()) {
                    queue.write(message); // a queue that is full closes its connection
                }
            }
        }
    }
}
