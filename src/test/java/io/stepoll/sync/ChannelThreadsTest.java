package io.stepoll.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads, tasks of several loops and callbacks send and receive at once, and give up now and then. */
@Timeout(120)
class ChannelThreadsTest {
    private static final int EACH = Integer.getInteger("stepoll.elements", 2_000);

    private static final Duration SHORT = Duration.ofNanos(20_000);

    private final SplittableRandom random = Seeds.random("ChannelThreadsTest");

    /** What a sender has sent: its number and how many it had sent before. */
    private record Element(int sender, int number) {}

    /** Nothing is lost or doubled, and what one sender sends comes to each receiver in its order. */
    @Test
    void allKindsOfSendersAndReceivers() throws Exception {
        for (int capacity : new int[] {1, 3, 64}) {
            try (RunningLoop one = new RunningLoop(); RunningLoop two = new RunningLoop()) {
                BoundedChannel<Element> channel = new BoundedChannel<>(capacity);
                List<Callable<?>> senders = new ArrayList<>();
                senders.add(started(() -> send(channel, 0)));
                senders.add(one.loop().spawn(() -> sendOrGiveUp(channel, 1, random.split()))::join);
                senders.add(two.loop().spawn(() -> send(channel, 2))::join);
                AtomicInteger sentByCallbacks = new AtomicInteger();
                one.loop().callSoon(() -> sendByCallbacks(one.loop(), channel, sentByCallbacks));
                List<Callable<List<Element>>> receivers = new ArrayList<>();
                receivers.add(started(() -> receive(channel)));
                receivers.add(one.loop().spawn(() -> receive(channel))::join);
                SplittableRandom split = random.split();
                receivers.add(two.loop().spawn(() -> receiveOrGiveUp(channel, split))::join);
                for (Callable<?> sender : senders) {
                    sender.call();
                }
                while (sentByCallbacks.get() < EACH) {
                    Thread.sleep(1);
                }
                channel.close();
                List<Element> all = new ArrayList<>();
                for (Callable<List<Element>> receiver : receivers) {
                    List<Element> received = receiver.call();
                    checkOrder(received);
                    all.addAll(received);
                }
                assertEquals(4 * EACH, all.size());
                assertEquals(4 * EACH, all.stream().distinct().count());
            }
        }
    }

    private static <T> Callable<T> started(Callable<T> body) {
        FutureTask<T> future = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(future);
        return future::get;
    }

    private static Void send(BoundedChannel<Element> channel, int sender) throws InterruptedException {
        for (int i = 0; i < EACH; i++) {
            channel.send(new Element(sender, i));
        }
        return null;
    }

    private static Void sendOrGiveUp(BoundedChannel<Element> channel, int sender, SplittableRandom random)
            throws InterruptedException {
        for (int i = 0; i < EACH;) {
            try {
                channel.send(new Element(sender, i), SHORT.multipliedBy(random.nextInt(3)));
                i++;
            } catch (TimeoutException e) {
                // and once more
            }
        }
        return null;
    }

    private static void sendByCallbacks(EventLoop loop, BoundedChannel<Element> channel, AtomicInteger sent) {
        for (int i = 0; i < 10 && sent.get() < EACH && channel.trySend(new Element(3, sent.get())); i++) {
            sent.incrementAndGet();
        }
        if (sent.get() < EACH) {
            loop.callSoon(() -> sendByCallbacks(loop, channel, sent));
        }
    }

    private static List<Element> receive(BoundedChannel<Element> channel) throws InterruptedException {
        List<Element> received = new ArrayList<>();
        try {
            while (true) {
                received.add(channel.receive());
            }
        } catch (ChannelClosedException e) {
            return received;
        }
    }

    private static List<Element> receiveOrGiveUp(BoundedChannel<Element> channel, SplittableRandom random)
            throws InterruptedException {
        List<Element> received = new ArrayList<>();
        try {
            while (true) {
                try {
                    received.add(channel.receive(SHORT.multipliedBy(random.nextInt(3))));
                } catch (TimeoutException e) {
                    Element element = channel.tryReceive();
                    if (element != null) {
                        received.add(element);
                    }
                }
            }
        } catch (ChannelClosedException e) {
            return received;
        }
    }

    private static void checkOrder(List<Element> received) {
        Map<Integer, Integer> last = new HashMap<>();
        for (Element element : received) {
            Integer before = last.put(element.sender(), element.number());
            assertTrue(before == null || before < element.number(), () -> element + " came after " + before);
        }
    }

    /** Tasks are cancelled at any moment of their waits. What they have received counts, and the rest is there. */
    @Test
    void cancels() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            BoundedChannel<Integer> channel = new BoundedChannel<>(2);
            List<Integer> received = Collections.synchronizedList(new ArrayList<>());
            int sent = 0;
            for (int round = 0; round < EACH / 10; round++) {
                Task<Void> receiver = running.loop().spawn(() -> {
                    while (true) {
                        received.add(channel.receive());
                    }
                });
                for (int i = random.nextInt(5); i > 0; i--) {
                    channel.send(sent++);
                }
                receiver.cancel();
                while (!receiver.isDone()) {
                    Thread.onSpinWait();
                    Thread.yield();
                }
                Integer left = channel.tryReceive();
                while (left != null) {
                    received.add(left);
                    left = channel.tryReceive();
                }
                assertEquals(sent, received.size());
            }
            for (int i = 0; i < sent; i++) {
                assertEquals(i, received.get(i));
            }
            assertNull(channel.tryReceive());
        }
    }
}
