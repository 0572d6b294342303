package io.stepoll;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * The options of a group of loops to be opened; from {@link LoopGroup#builder}. Not for several threads at once.
 *
 * @since 0.1.0
 */
public interface LoopGroupBuilder {
    /**
     * Sets how many loops there are; by default one for each processor that the JVM may use.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    LoopGroupBuilder loops(int count);

    /**
     * Names the group. Its loops and their threads are named after it: {@code web-0}, {@code web-1}.
     *
     * @param name the name
     * @return this
     */
    LoopGroupBuilder name(String name);

    /**
     * Pins the loops' threads to processors, the first loop to the first one, and so on. Where there are fewer
     * processors than loops it begins again with the first. See sched_setaffinity(2). By default no loop is pinned.
     *
     * <p>A thread that a pinned one starts is pinned as well: a thread of the JDK's common pool for instance, if a task
     * is the first to use that. This library's own threads are not.
     *
     * @param processors their numbers, as /proc/cpuinfo has them; none for no pinning
     * @return this
     * @throws IllegalArgumentException if one is negative
     */
    LoopGroupBuilder pinTo(int... processors);

    /**
     * Sets the options of the loops.
     *
     * @param setter the thread that opens the group calls it once for each loop, in their order
     * @return this
     */
    LoopGroupBuilder options(Consumer<EventLoopBuilder> setter);

    /**
     * Opens the loops, each on a thread of its own, where it runs at once. May be called from any thread.
     *
     * @return the group
     * @throws IOException as for {@link EventLoop#open}; a {@link SystemCallFailure} of sched_setaffinity: EINVAL if a
     *     processor does not exist, or this process may not use it. No loop is left open then.
     */
    LoopGroup open() throws IOException;
}
