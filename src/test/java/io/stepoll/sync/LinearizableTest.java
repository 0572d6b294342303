package io.stepoll.sync;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.Seeds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What threads see of a channel is what they could see if the calls came one after the other, each at a moment between
 * its begin and its end. Many short histories are recorded. For each a search looks for such an order of its calls.
 */
@Timeout(120)
class LinearizableTest {
    private static final int THREADS = 3;
    private static final int CALLS = 3; // of each thread in a round
    private static final int ROUNDS = Integer.getInteger("stepoll.histories", 3000);

    private static final int FULL = -1;
    private static final int NOTHING = -2;
    private static final int CLOSED = -3;

    private enum Kind {
        SEND,
        RECEIVE,
        CLOSE
    }

    /** A call, its result, and when it began and ended, by a counter that all threads share. */
    private record Call(Kind kind, int element, int result, int begin, int end) {
        boolean isBefore(Call other) {
            return end < other.begin;
        }
    }

    @Test
    void eachHistoryHasAnOrder() throws Exception {
        SplittableRandom random = Seeds.random("LinearizableTest");
        CyclicBarrier barrier = new CyclicBarrier(THREADS);
        List<FutureTask<List<List<Call>>>> threads = new ArrayList<>();
        List<BoundedChannel<Integer>> channels = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            channels.add(new BoundedChannel<>(1 + i % 3));
        }
        AtomicInteger clock = new AtomicInteger();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            SplittableRandom own = random.split();
            FutureTask<List<List<Call>>> thread = new FutureTask<>(() -> record(channels, number, own, barrier, clock));
            threads.add(thread);
            Thread.ofPlatform().daemon().start(thread);
        }
        for (int round = 0; round < ROUNDS; round++) {
            List<Call> history = new ArrayList<>();
            for (FutureTask<List<List<Call>>> thread : threads) {
                history.addAll(thread.get().get(round));
            }
            int capacity = channels.get(round).capacity();
            assertTrue(hasOrder(history, capacity), () -> capacity + ": " + history);
        }
    }

    private static List<List<Call>> record(List<BoundedChannel<Integer>> channels, int thread, SplittableRandom random,
            CyclicBarrier barrier, AtomicInteger clock) throws InterruptedException, BrokenBarrierException {
        List<List<Call>> histories = new ArrayList<>();
        for (BoundedChannel<Integer> channel : channels) {
            List<Call> calls = new ArrayList<>();
            barrier.await();
            for (int i = 0; i < CALLS; i++) {
                int choice = random.nextInt(20);
                Kind kind = choice == 0 ? Kind.CLOSE : choice % 2 == 0 ? Kind.SEND : Kind.RECEIVE;
                int element = thread * CALLS + i;
                int begin = clock.getAndIncrement();
                int result = call(channel, kind, element);
                calls.add(new Call(kind, element, result, begin, clock.getAndIncrement()));
            }
            histories.add(calls);
        }
        return histories;
    }

    private static int call(BoundedChannel<Integer> channel, Kind kind, int element) {
        try {
            switch (kind) {
                case SEND -> {
                    return channel.trySend(element) ? element : FULL;
                }
                case RECEIVE -> {
                    Integer received = channel.tryReceive();
                    return received == null ? NOTHING : received;
                }
                default -> {
                    channel.close();
                    return CLOSED;
                }
            }
        } catch (ChannelClosedException e) {
            return CLOSED;
        }
    }

    private static boolean hasOrder(Collection<Call> all, int capacity) {
        return hasOrder(all, all, new ArrayDeque<>(), false, capacity);
    }

    /** Whether the calls that are left of all can come in some order, from this state of the channel on. */
    private static boolean hasOrder(Collection<Call> all, Collection<Call> left, Deque<Integer> content, boolean closed,
            int capacity) {
        if (left.isEmpty()) {
            return true;
        }
        for (Call next : left) {
            if (left.stream().anyMatch(other -> other.isBefore(next))) {
                continue;
            }
            Deque<Integer> after = new ArrayDeque<>(content);
            if (mayCome(next, all, after, closed, capacity)) {
                List<Call> rest = new ArrayList<>(left);
                rest.remove(next);
                if (hasOrder(all, rest, after, closed || next.kind() == Kind.CLOSE, capacity)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the call may have its result in this state; then it changes the content. */
    private static boolean mayCome(Call call, Collection<Call> all, Deque<Integer> content, boolean closed,
            int capacity) {
        return switch (call.kind()) {
            case CLOSE -> true;
            case SEND -> {
                if (closed || call.result() == CLOSED) {
                    // a full channel says so, even if a close is under way
                    yield closed && (call.result() == CLOSED || call.result() == FULL && isBeside(call, all));
                }
                if (call.result() == FULL) {
                    yield content.size() == capacity || isBeside(call, all);
                }
                content.addLast(call.element());
                yield content.size() <= capacity;
            }
            case RECEIVE -> switch (call.result()) {
                case CLOSED -> closed && content.isEmpty();
                case NOTHING -> content.isEmpty() && !(closed && !isBeside(call, all));
                default -> !content.isEmpty() && content.removeFirst() == call.result();
            };
        };
    }

    /** Whether another call goes on at the same time: it may have a place that it fills, or leaves, in that moment. */
    private static boolean isBeside(Call call, Collection<Call> all) {
        return all.stream().anyMatch(other -> other != call && !call.isBefore(other) && !other.isBefore(call));
    }

    /** The search finds no order where there is none. */
    @Test
    void aHistoryWithoutAnOrderIsFound() {
        Call send = new Call(Kind.SEND, 1, 1, 0, 1);
        assertFalse(hasOrder(List.of(send, new Call(Kind.RECEIVE, 0, NOTHING, 2, 3)), 1));
        assertTrue(hasOrder(List.of(send, new Call(Kind.RECEIVE, 0, 1, 2, 3)), 1));
        assertFalse(hasOrder(List.of(send, new Call(Kind.SEND, 2, 2, 2, 3), new Call(Kind.RECEIVE, 0, 2, 4, 5)), 2));
        assertFalse(hasOrder(List.of(send, new Call(Kind.SEND, 2, 2, 2, 3)), 1));
        // A receiver has taken the element, and has not left its place.
        Call receives = new Call(Kind.RECEIVE, 0, 1, 2, 7);
        Call findsNothing = new Call(Kind.RECEIVE, 0, NOTHING, 3, 4);
        assertTrue(hasOrder(List.of(send, receives, findsNothing, new Call(Kind.SEND, 2, FULL, 5, 6)), 1));
        assertFalse(hasOrder(List.of(send, receives, findsNothing, new Call(Kind.SEND, 2, FULL, 8, 9)), 1));
    }
}
