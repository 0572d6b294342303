package io.stepoll;

import java.time.Duration;

/**
 * Time for tests. When its loop has nothing to do but to wait for the earliest deadline, the loop does not wait: the
 * time jumps there. A test that sleeps for an hour takes as long as what it does, over real sockets.
 *
 * <p>{@snippet :
 * VirtualClock clock = VirtualClock.create();
 * try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
 *     loop.spawn(() -> loop.sleep(Duration.ofHours(1)));
 *     loop.runUntilDone(); // at once
 *     assertEquals(Duration.ofHours(1).toNanos(), clock.nanoTime());
 * }
 * }
 *
 * <p><b>When it jumps.</b> The clock jumps where the loop would sleep until a deadline: no callback or task is queued,
 * no other thread has submitted anything, and epoll, asked without waiting, has no event for a waiter. A task that
 * another task of the loop has let go, at a monitor for instance, counts as queued. What epoll does not know yet is not
 * waited for: bytes of another thread or process, or on TCP segments that the kernel delivers a moment later. A test
 * that has any of that gives the clock a quiet time, or holds it:
 * <ul>
 * <li>With a {@linkplain #quiet quiet time} the clock jumps only when nothing has come for so long, in real
 *     time.
 * <li>While the clock is {@linkplain #hold held} it does not jump. It then moves by {@link #advance} only. A clock that
 *     is held for good is moved by hand.
 * </ul>
 * While a task waits for {@linkplain EventLoop#offload offloaded} work, or for the look-up of a host name, the loop
 * itself holds the clock. Deadlines over such a wait do not come meanwhile, unless the test advances the clock. The
 * same holds while a task reads the answer to what it has written to a socket of {@code net.LoopSocketFactory}, if the
 * peer is outside of the loop. If such a peer owes no answer, the clock jumps after 100 ms of real time without any
 * bytes.
 *
 * <p>Without a deadline there is nowhere to jump to: the loop sleeps, until a descriptor or another thread ends that.
 *
 * <p><b>What it does not move.</b> Only the loop's own time is virtual: sleeps, timers, deadlines. What counts by the
 * JDK's or the kernel's clock goes by real time: {@code Thread.sleep}, {@code CompletableFuture.orTimeout}, SO_TIMEOUT
 * of the JDK's sockets, a retransmission. A jump overtakes such a wait.
 *
 * <p>A virtual clock is for one loop. Its methods may be called from any thread.
 *
 * @since 0.1.0
 */
public interface VirtualClock {
    /** {@return a clock at 0 that jumps as soon as nothing is ready} */
    static VirtualClock create() {
        return Implementation.of(VirtualClock.class, "time.VirtualTime");
    }

    /**
     * Sets a quiet time: the clock jumps only when nothing has become ready for so long. Before the clock is given to a
     * loop.
     *
     * @param quiet how long, in real time, each jump waits for something to become ready; a few milliseconds are enough
     *     for peers that answer at once
     * @return this
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if a loop has the clock
     */
    VirtualClock quiet(Duration quiet);

    /** {@return nanoseconds since the clock was made, as the loop counts them} */
    long nanoTime();

    /**
     * Moves the time on. A loop that sleeps looks at the time again at once; a loop that runs does in its next phase.
     *
     * @param time by how much
     * @throws IllegalArgumentException if it is negative: time does not go back
     */
    void advance(Duration time);

    /**
     * Keeps the time from jumping, while another thread works for the test, for instance.
     *
     * @return the hold. When it is closed the clock may jump again, unless there are other holds.
     */
    Hold hold();

    /**
     * Keeps a clock from jumping until it is closed, by any thread.
     *
     * @since 0.1.0
     */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }
}
