package io.stepoll;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The options of a group of loops to be opened; from {@link LoopGroup#builder}. */
public final class LoopGroupBuilder {
    private static final AtomicInteger OPENED = new AtomicInteger();

    int loops = Runtime.getRuntime().availableProcessors();
    String name = "stepoll-group-" + OPENED.incrementAndGet();
    int[] processors = {};
    Consumer<EventLoopBuilder> options = options -> {};

    LoopGroupBuilder() {}

    /**
     * Sets how many loops there are; by default one for each processor that the JVM may use.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public LoopGroupBuilder loops(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a group has at least 1 loop, not " + count);
        }
        loops = count;
        return this;
    }

    /**
     * Names the group. Its loops, and their threads, are named after it: {@code web-0}, {@code web-1}.
     *
     * @param newName the name
     * @return this
     */
    public LoopGroupBuilder name(String newName) {
        name = Objects.requireNonNull(newName, "name");
        return this;
    }

    /**
     * Pins the loops' threads to processors, the first loop to the first one, and so on; where there are fewer of them
     * than loops, from the first one again. See sched_setaffinity(2). By default none is pinned.
     *
     * <p>A thread that is started by a pinned one is pinned as well: by the JDK's common pool for instance, if a task
     * is the first to use it. This library's own are not.
     *
     * @param numbers of the processors, as /proc/cpuinfo has them; none for no pinning
     * @return this
     * @throws IllegalArgumentException if one is negative
     */
    public LoopGroupBuilder pinTo(int... numbers) {
        for (int number : numbers) {
            if (number < 0) {
                throw new IllegalArgumentException("the number of a processor is not negative: " + number);
            }
        }
        processors = numbers.clone();
        return this;
    }

    /**
     * Sets the options of the loops.
     *
     * @param setter called once for each loop, in their order, by the thread that opens the group
     * @return this
     */
    public LoopGroupBuilder options(Consumer<EventLoopBuilder> setter) {
        options = Objects.requireNonNull(setter, "options");
        return this;
    }

    /**
     * Opens the loops, each on a thread of its own, where it runs at once. May be called from any thread.
     *
     * @return the group
     * @throws IOException as for {@link EventLoop#open}; a {@link SystemCallFailure} of sched_setaffinity: EINVAL if a
     *     processor is not there, or not for this process. No loop is left then.
     */
    public LoopGroup open() throws IOException {
        return LoopGroup.open(this);
    }
}
