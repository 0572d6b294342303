package io.stepoll.examples.monitoring;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A value that is taken again when it is too old. So the meters of one scrape come from one snapshot, and a scrape of a
 * hundred meters takes one. Any thread may ask.
 */
final class Recent<T> implements Supplier<T> {
    /** How long a value is good for: longer than a scrape, and shorter than the time between two. */
    static final long LIFE_NANOS = 100_000_000;

    private final Supplier<T> source;
    private final LongSupplier clock;
    private final AtomicReference<Taken<T>> last = new AtomicReference<>();

    private record Taken<T>(T value, long atNanos) {
        static <T> Taken<T> later(Taken<T> one, Taken<T> other) {
            return one == null || other.atNanos - one.atNanos > 0 ? other : one;
        }
    }

    Recent(Supplier<T> source) {
        this(source, System::nanoTime);
    }

    /** With a clock of its own, in nanoseconds, for tests. */
    Recent(Supplier<T> source, LongSupplier clock) {
        this.source = source;
        this.clock = clock;
    }

    @Override
    public T get() {
        Taken<T> taken = last.get();
        long nowNanos = clock.getAsLong();
        if (taken == null || nowNanos - taken.atNanos > LIFE_NANOS) {
            // Of two threads the later one wins, so no counter goes back.
            taken = last.accumulateAndGet(new Taken<>(source.get(), nowNanos), Taken::later);
        }
        return taken.value;
    }
}
