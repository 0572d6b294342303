package io.stepoll.sync;

import io.stepoll.internal.task.TaskWait;
import io.stepoll.internal.task.ThreadWait;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A queue of at most so many elements, by which callbacks, threads and tasks pass things into tasks: first in, first
 * out. Any number of threads send and receive at once. No method takes a lock, spins, or waits for a thread that was
 * held up. The elements need no further memory. What wakes a task of a loop from another thread is a node in the inbox
 * of that loop, and of those who wait on one side, each beyond the sixteenth needs memory of its own.
 *
 * <p><b>Who may call.</b> Any thread may call any method, with one exception: a callback must not wait. There
 * {@link #trySend} and {@link #tryReceive} are the ones to call, and those that may wait throw an
 * {@link IllegalStateException}. Senders and receivers may be tasks of different loops, or threads that are on no loop.
 * What a thread did before it sent an element happens before the element is received.
 *
 * <p><b>Waiting.</b> Those who wait are served in the order in which they came, and who comes later does not overtake
 * them. A task that sends or receives without having to wait yields now and then, as with descriptors; see
 * {@link io.stepoll.EventLoopBuilder#ioBudget}. A timeout counts in a task in the loop's time, as for
 * {@link io.stepoll.EventLoop#callLater}; in any other thread in that of {@link System#nanoTime}. An interrupt, before
 * the call or during it, ends the call with an {@link InterruptedException}: then nothing was sent, or received. If a
 * wait has got what it waited for when the interrupt comes, the call does its work, and the interrupt status stays set
 * for the next wait.
 *
 * <p><b>The close.</b> From the close on a send throws a {@link ChannelClosedException}, one that waits for room
 * included, and its element is not in the channel. Each send that has returned is received. When everything has been
 * received the receivers get a {@link ChannelClosedException}, too.
 *
 * @param <T> of the elements
 * @since 0.1.0
 */
public final class BoundedChannel<T> implements AutoCloseable {
    /** The most that a channel may hold. Its memory is there from the start. */
    public static final int LARGEST_CAPACITY = 1 << 24;

    private final int capacity;
    private final @Nullable Object[] elements;
    private final IndexRing sent; // the places of the elements, in their order
    private final Places places;
    private final Counted available = new Counted(); // as many as are in sent, and not promised to a receiver
    private volatile boolean closed;

    /**
     * Makes a channel.
     *
     * @param capacity how many elements it holds at most; it takes some 28 bytes for each, used or not
     * @throws IllegalArgumentException if the capacity is not from 1 to {@link #LARGEST_CAPACITY}
     */
    public BoundedChannel(int capacity) {
        if (capacity < 1 || capacity > LARGEST_CAPACITY) {
            throw new IllegalArgumentException("capacity " + capacity + " is not from 1 to " + LARGEST_CAPACITY);
        }
        this.capacity = capacity;
        elements = new Object[capacity];
        sent = new IndexRing(capacity);
        places = new Places(capacity);
    }

    /**
     * Sends an element, and waits while there is no room.
     *
     * @param element not null
     * @throws InterruptedException if the thread is interrupted: the element is not in the channel
     * @throws ChannelClosedException if the channel is closed
     * @throws IllegalStateException in a callback
     */
    public void send(T element) throws InterruptedException {
        Objects.requireNonNull(element, "element");
        try {
            send(element, null, ThreadWait.operationBegins("send"));
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Sends an element, with a timeout; see {@link #send(Object)}.
     *
     * @param element not null
     * @param timeout how long to wait
     * @throws InterruptedException as there
     * @throws TimeoutException past the timeout: the element is not in the channel
     */
    public void send(T element, @Nullable Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(element, "element");
        Objects.requireNonNull(timeout, "timeout");
        send(element, timeout, ThreadWait.operationBegins("send"));
    }

    private void send(T element, @Nullable Duration timeout, TaskWait task)
            throws InterruptedException, TimeoutException {
        put(element, places.take(task, "send", this, timeout), "send");
    }

    /**
     * Sends an element if there is room. Never waits.
     *
     * @param element not null
     * @return whether it was sent; false if the channel is full: each of its places has an element, or is about to get
     *     one or to be left
     * @throws ChannelClosedException if the channel is closed
     */
    public boolean trySend(T element) {
        Objects.requireNonNull(element, "element");
        int place = places.takeNow();
        if (place == Supply.NONE) {
            return false;
        }
        put(element, place, "trySend");
        return true;
    }

    /** The channel may be closed after the place was taken. Then the close comes first, as the ring has it. */
    private void put(T element, int place, String call) {
        if (place == Supply.CLOSED) {
            throw new ChannelClosedException(call, toString());
        }
        elements[place] = element;
        if (!sent.add(place)) {
            elements[place] = null;
            throw new ChannelClosedException(call, toString());
        }
        available.bring(Counted.ONE);
    }

    /**
     * Receives the element that was sent first, and waits while there is none.
     *
     * @return the element
     * @throws InterruptedException if the thread is interrupted: nothing was received
     * @throws ChannelClosedException if the channel is closed, and everything that was sent has been received
     * @throws IllegalStateException in a callback
     */
    public T receive() throws InterruptedException {
        try {
            return get(available.take(ThreadWait.operationBegins("receive"), "receive", this, null), "receive");
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Receives an element, with a timeout; see {@link #receive()}.
     *
     * @param timeout how long to wait
     * @return the element
     * @throws InterruptedException as there
     * @throws TimeoutException past the timeout: nothing was received
     */
    public T receive(Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        return get(available.take(ThreadWait.operationBegins("receive"), "receive", this, timeout), "receive");
    }

    /**
     * Receives an element if there is one that is promised to nobody who waits. Never waits.
     *
     * @return the element; null if there is none
     * @throws ChannelClosedException if the channel is closed, and everything that was sent has been received
     */
    public @Nullable T tryReceive() {
        int taken = available.takeNow();
        return taken == Supply.NONE ? null : get(taken, "tryReceive");
    }

    /** The caller has a right to an element; or the channel is closed, and nothing is left that is not promised. */
    private T get(int right, String call) {
        if (right == Supply.CLOSED) {
            throw new ChannelClosedException(call, toString());
        }
        int place = sent.poll(); // there are at least as many as there are rights
        @SuppressWarnings("unchecked")
        T element = (T) Objects.requireNonNull(elements[place]);
        elements[place] = null;
        places.bring(place);
        endIfNothingIsLeft();
        return element;
    }

    /** Whoever takes the last element ends the waits of the other receivers; the close, if there was none. */
    private void endIfNothingIsLeft() {
        if (closed && sent.isEmpty()) {
            available.close();
        }
    }

    /** Closes the channel. May be called from any thread; the second close does nothing. */
    @Override
    public void close() {
        if (sent.close()) {
            closed = true;
            places.close();
            endIfNothingIsLeft();
        }
    }

    /** {@return whether the channel was closed} There may be something to receive. */
    public boolean isClosed() {
        return closed;
    }

    /** {@return how many elements there are, a guess while others send or receive} */
    public int size() {
        return sent.size();
    }

    /** {@return how many elements it holds at most} */
    public int capacity() {
        return capacity;
    }

    @Override
    public String toString() {
        return "BoundedChannel[" + size() + " of " + capacity + (closed ? ", closed]" : "]");
    }
}
