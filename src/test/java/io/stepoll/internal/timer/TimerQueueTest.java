package io.stepoll.internal.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.AllocatedBytes;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The queue, compared with a map that looks at each of its entries. */
class TimerQueueTest {
    private static final int MILLION = 1_000_000;

    /** The depth of a four-ary heap of a million entries. At each level the way up looks at one place, down at four. */
    private static final int DEPTH = 11;

    private static final class Numbered extends TimerQueue.Entry {
        private final int number;

        private Numbered(int number) {
            this.number = number;
        }
    }

    private final TimerQueue queue = new TimerQueue();

    private List<Integer> takeDue(long now) {
        List<Numbered> due = new ArrayList<>();
        List<Long> sequences = new ArrayList<>();
        queue.takeDue(now, (long sequence, Numbered entry) -> {
            due.add(entry);
            sequences.add(sequence);
        });
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < due.size(); i++) {
            assertTrue(queue.claim(due.get(i), sequences.get(i)));
            numbers.add(due.get(i).number);
        }
        numbers.sort(Comparator.naturalOrder());
        return numbers;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void agreesWithASimpleModel(long seed) {
        Random random = new Random(seed);
        Map<Numbered, Long> model = new LinkedHashMap<>();
        List<Numbered> entries = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < 50_000; i++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    Numbered entry = new Numbered(i);
                    entries.add(entry);
                    queue.add(entry, now + random.nextInt(1000));
                    model.put(entry, queueDeadline(entry, now, random));
                }
                case 1 -> {
                    if (!entries.isEmpty()) {
                        Numbered entry = entries.get(random.nextInt(entries.size()));
                        assertEquals(model.remove(entry) != null, queue.cancel(entry));
                        assertFalse(entry.isPending());
                    }
                }
                case 2 -> {
                    if (!entries.isEmpty()) {
                        Numbered entry = entries.get(random.nextInt(entries.size()));
                        model.put(entry, queueDeadline(entry, now, random));
                        assertTrue(entry.isPending());
                    }
                }
                default -> {
                    now += random.nextInt(20);
                    long at = now;
                    List<Integer> expected = model.entrySet().stream().filter(timer -> timer.getValue() <= at)
                            .map(timer -> timer.getKey().number).sorted().toList();
                    assertEquals(expected, takeDue(now));
                    model.values().removeIf(deadline -> deadline <= at);
                }
            }
            assertEquals(model.size(), queue.size());
            if (i % 64 == 0) {
                assertEquals(model.values().stream().mapToLong(Long::longValue).min().orElse(TimerQueue.NONE),
                        queue.earliestDeadlineNanos());
            }
        }
    }

    /** Adds the entry, or sets it again. Returns its new deadline. */
    private long queueDeadline(Numbered entry, long now, Random random) {
        long deadline = now + random.nextInt(1000);
        queue.add(entry, deadline);
        return deadline;
    }

    @Test
    void aDueEntryIsNotClaimedOnceCancelledOrSetAgain() {
        Numbered cancelled = new Numbered(1);
        Numbered again = new Numbered(2);
        queue.add(cancelled, 5);
        queue.add(again, 5);
        List<Long> sequences = new ArrayList<>();
        queue.takeDue(5, (sequence, entry) -> sequences.add(sequence));
        assertTrue(queue.isEmpty());
        assertTrue(cancelled.isPending());
        assertTrue(queue.cancel(cancelled));
        assertFalse(queue.cancel(cancelled));
        queue.add(again, 9);
        assertFalse(queue.claim(cancelled, sequences.getFirst()));
        assertFalse(queue.claim(again, sequences.getLast()));
        assertEquals(9, queue.earliestDeadlineNanos());
        assertEquals(List.of(2), takeDue(9));
    }

    /** Among a million entries each operation looks at a few places, whatever the deadlines. */
    @Test
    void workPerOperationAmongAMillion() {
        Random random = new Random(7);
        for (int i = 0; i < MILLION; i++) {
            queue.add(new Numbered(i), random.nextLong(1L << 40));
        }
        int operations = 100_000;
        Numbered entry = new Numbered(-1);
        long perOperation = work(() -> {
            for (int i = 0; i < operations; i++) {
                queue.add(entry, i % 2 == 0 ? -i : random.nextLong(1L << 40));
                queue.cancel(entry);
            }
        }) / operations;
        assertTrue(perOperation <= 5 * DEPTH, perOperation + " places");
        assertEquals(MILLION, queue.size());
    }

    /** Adds, sets again, cancels and takes a million entries at random. The heap's depth bounds each call's work. */
    @Test
    void aMillionAtRandom() throws Exception {
        Random random = new Random(11);
        Numbered[] timers = new Numbered[MILLION];
        long now = 0;
        long worst = 0;
        for (int i = 0; i < MILLION; i++) {
            timers[i] = new Numbered(i);
            Numbered added = timers[i];
            worst = Math.max(worst, work(() -> queue.add(added, random.nextLong(1L << 40))));
        }
        assertEquals(MILLION, queue.size());
        int pending = MILLION;
        for (int i = 0; i < MILLION; i++) {
            Numbered timer = timers[random.nextInt(MILLION)];
            boolean wasPending = timer.isPending();
            if (random.nextInt(3) == 0) {
                worst = Math.max(worst, work(() -> assertEquals(wasPending, queue.cancel(timer))));
                pending -= wasPending ? 1 : 0;
            } else {
                long deadline = now + random.nextLong(1L << 40);
                worst = Math.max(worst, work(() -> queue.add(timer, deadline)));
                pending += wasPending ? 0 : 1;
            }
            if (i % 1000 == 0) {
                now += 1L << 28;
                long at = now;
                int[] due = new int[1];
                long looked = work(() -> due[0] = takeDue(at).size());
                assertTrue(looked <= (due[0] + 1L) * 5 * DEPTH, looked + " places for " + due[0] + " due entries");
                pending -= due[0];
            }
            assertEquals(pending, queue.size());
        }
        assertTrue(worst <= 5 * DEPTH, worst + " places for one operation");
        assertEquals(pending, held());
        for (Numbered timer : timers) {
            queue.cancel(timer);
        }
        assertEquals(0, held(), "garbage left in the queue");
        assertEquals(TimerQueue.NONE, queue.earliestDeadlineNanos());
    }

    /** Returns how many places the operation looked at. */
    private long work(Runnable operation) {
        long before = queue.visited();
        operation.run();
        long looked = queue.visited() - before;
        assertTrue(looked >= 0, () -> looked + " places");
        return looked;
    }

    /** Returns how many entries the queue still refers to. */
    private long held() throws ReflectiveOperationException {
        Field entries = TimerQueue.class.getDeclaredField("entries");
        entries.setAccessible(true);
        return Stream.of((Object[]) entries.get(queue)).filter(Objects::nonNull).count();
    }

    /** The loop makes the copy: two arrays, and no object for an entry. The order is made by whoever reads it. */
    @Test
    void aCopyHasTheEarliestFirst() {
        int count = 10_000;
        List<Numbered> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(new Numbered(i));
            queue.add(entries.getLast(), (i * 7919L) % count);
        }
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        queue.copy();
        long before = allocatedBytes.now();
        TimerQueue.Copy copy = queue.copy();
        long bytes = allocatedBytes.now() - before;
        assertTrue(bytes <= count * 2 * Long.BYTES + 1000, bytes + " bytes");
        entries.forEach(queue::cancel);
        assertEquals(count, copy.size());
        assertEquals(List.of(0L, 1L, 2L), copy.earliest(3).stream().map(TimerQueue.Pending::deadlineNanos).toList());
        assertEquals(count, copy.earliest(2 * count).size());
        assertEquals(0, queue.copy().size());
    }
}
