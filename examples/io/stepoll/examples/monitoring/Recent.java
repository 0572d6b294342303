package io.stepoll.examples.monitoring;

import java.util.function.Supplier;

/**
 * A value that is taken again when it is too old. So the meters of one scrape come from one snapshot, and a scrape of a
 * hundred meters takes one. Any thread may ask.
 */
final class Recent<T> implements Supplier<T> {
    /** How long a value is good for: longer than a scrape, and shorter than the time between two. */
    static final long LIFE_NANOS = 100_000_000;

    private final Supplier<T> source;
    private volatile Taken<T> last;

    private record Taken<T>(T value, long atNanos) {}

    Recent(Supplier<T> source) {
        this.source = source;
    }

    @Override
    public T get() {
        Taken<T> taken = last;
        if (taken == null || System.nanoTime() - taken.atNanos > LIFE_NANOS) {
            taken = new Taken<>(source.get(), System.nanoTime());
            last = taken; // of two threads either may win
        }
        return taken.value;
    }
}
