package io.stepoll;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Several event loops, each on a platform thread of its own that runs it until the group is stopped, and then closes
 * it. What is on one loop stays there; see docs/threads.md for servers over a group.
 *
 * <p>All methods may be called from any thread.
 */
public final class LoopGroup implements AutoCloseable {
    private final String name;
    private final List<GroupThread> threads = new ArrayList<>();
    private final List<EventLoop> loops = new ArrayList<>();
    private final AtomicInteger turns = new AtomicInteger();

    private LoopGroup(String name) {
        this.name = name;
    }

    /**
     * Opens a group with the default options but for its size.
     *
     * @param loops how many, at least 1
     * @return the group
     * @throws IOException as for {@link EventLoop#open}
     * @throws IllegalArgumentException if it is less
     */
    public static LoopGroup open(int loops) throws IOException {
        return builder().loops(loops).open();
    }

    /** {@return the options of a group to be opened, with their defaults} */
    public static LoopGroupBuilder builder() {
        return new LoopGroupBuilder();
    }

    static LoopGroup open(LoopGroupBuilder options) throws IOException {
        LoopGroup group = new LoopGroup(options.name);
        int[] processors = options.processors;
        try {
            for (int i = 0; i < options.loops; i++) {
                EventLoopBuilder loop = EventLoop.builder();
                options.options.accept(loop);
                loop.name(options.name + "-" + i);
                int processor = processors.length == 0 ? GroupThread.NOT_PINNED : processors[i % processors.length];
                GroupThread thread = new GroupThread(loop, processor);
                group.loops.add(thread.start());
                group.threads.add(thread);
            }
            return group;
        } catch (IOException | RuntimeException | Error e) {
            group.stop();
            group.awaitThreads();
            throw e;
        }
    }

    /**
     * Gives one loop after the other, in turn, and passes over those that are closed.
     *
     * @return the next one
     * @throws IllegalStateException if all are closed
     */
    public EventLoop next() {
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get(Math.floorMod(turns.getAndIncrement(), loops.size()));
            if (!loop.reactor().thread.isClosing()) {
                return loop;
            }
        }
        throw new IllegalStateException("the loops of " + name + " are closed");
    }

    /**
     * {@return one of the loops}
     *
     * @param index of the loop, from 0
     * @throws IndexOutOfBoundsException if there is no such loop
     */
    public EventLoop loop(int index) {
        return loops.get(index);
    }

    /** {@return all loops, in their order; they cannot be changed} */
    public List<EventLoop> loops() {
        return Collections.unmodifiableList(loops);
    }

    /** Lets all loops end after the step that they are in, and be closed. Does not wait for it. */
    public void stop() {
        loops.forEach(EventLoop::stop);
    }

    /**
     * Waits until all loops have ended and are closed.
     *
     * @throws InterruptedException if interrupted meanwhile; the loops go on
     * @throws ExecutionException if one of them ended with an exception, which is its cause. It was logged when that
     *     happened, and the other loops went on.
     * @throws IllegalStateException if called on one of the loops, which would wait for itself
     */
    public void join() throws InterruptedException, ExecutionException {
        checkIsElsewhere("join");
        for (GroupThread thread : threads) {
            thread.join();
        }
        Throwable failure = failure();
        if (failure != null) {
            throw new ExecutionException("a loop of " + name + " failed", failure);
        }
    }

    /**
     * Stops all loops, and waits until they are closed, as by {@link EventLoop#close}. An interrupt does not end that;
     * the interrupt status is set again after it. Does nothing the second time.
     *
     * @throws IllegalStateException if called on one of the loops, which would wait for itself: {@link #stop} the group
     *     there. Or if a loop has failed, with its exception as the cause; the others are closed then, too.
     */
    @Override
    public void close() {
        checkIsElsewhere("close");
        stop();
        awaitThreads();
        Throwable failure = failure();
        if (failure != null) {
            throw new IllegalStateException("a loop of " + name + " failed", failure);
        }
    }

    private void checkIsElsewhere(String call) {
        for (EventLoop loop : loops) {
            if (loop.reactor().thread.isCurrent()) {
                throw new IllegalStateException(call + " waits for the loops of " + name + ", and was called on "
                        + loop + ", which would wait for itself");
            }
        }
    }

    private void awaitThreads() {
        boolean interrupted = false;
        for (GroupThread thread : threads) {
            for (boolean ended = false; !ended;) {
                try {
                    thread.join();
                    ended = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The first, with those of other loops suppressed in it; null if there was none. */
    private Throwable failure() {
        Throwable first = null;
        for (GroupThread thread : threads) {
            Throwable failure = thread.failure();
            if (first == null) {
                first = failure;
            } else if (failure != null && failure != first) {
                first.addSuppressed(failure);
            }
        }
        return first;
    }

    @Override
    public String toString() {
        return "LoopGroup[" + name + ", " + loops.size() + " loops]";
    }
}
