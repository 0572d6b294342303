package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.SignalWatch;
import io.stepoll.internal.sys.Signals;
import io.stepoll.internal.task.TaskWait;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Signals that tasks of a loop wait for. What has come is a bit for each signal, which a task takes. */
final class WatchedSignals extends SignalListener implements SignalWatch {
    /** The bit of the signal 0, which does not exist: nobody waits any more. */
    private static final int CLOSED = 1;

    private final List<String> names;
    private final AtomicInteger arrived = new AtomicInteger();

    private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();

    private WatchedSignals(Loop loop, String... names) {
        super(loop);
        this.names = List.of(names);
        this.names.forEach(Signals::number); // each has to be one before the first is taken over
    }

    /** Takes the signals over. */
    static WatchedSignals open(Loop loop, String... names) {
        WatchedSignals opened = unheard(loop, names);
        try {
            opened.names.forEach(name -> HeardSignal.add(name, opened, opened));
        } catch (RuntimeException | Error refused) {
            opened.close();
            throw refused;
        }
        return opened;
    }

    /** Takes no signal over. For tests, and {@link #open}. */
    static WatchedSignals unheard(Loop loop, String... names) {
        return new WatchedSignals(loop, names);
    }

    private static int bit(int signal) {
        return 1 << signal;
    }

    @Override
    void received(int signal) {
        set(bit(signal));
    }

    /** Sets a bit. All tasks that wait look at the bits, as the one that takes this may end otherwise before. */
    private int set(int bit) {
        int before = arrived.getAndAccumulate(bit, (bits, added) -> bits | added);
        waiting.forEach(LockSupport::unpark); // and each of them looks after it has come here
        return before;
    }

    private boolean hasNews() {
        return arrived.get() != 0;
    }

    private boolean isClosed() {
        return (arrived.get() & CLOSED) != 0;
    }

    /** Whether this signal has come and no task has got it. For tests. */
    boolean hasArrived(String name) {
        return (arrived.get() & bit(Signals.number(name))) != 0;
    }

    @Override
    public String tryAwait() {
        for (String name : names) {
            int bit = bit(Signals.number(name));
            if (!isClosed() && (arrived.getAndAccumulate(bit, (bits, taken) -> bits & ~taken) & bit) != 0) {
                return name;
            }
        }
        return null;
    }

    @Override
    public String await() throws InterruptedException {
        return await("await", EventLoop.NO_DEADLINE);
    }

    @Override
    public String await(Duration timeout) throws InterruptedException {
        return await("await", loop.reactor().deadlineNanos(timeout));
    }

    /** @param call for messages */
    String await(String call, long deadlineNanos) throws InterruptedException {
        TaskWait task = loop.tasks().current(call);
        waiting.add(task.thread());
        try {
            boolean inTime = true;
            String name = tryAwait();
            while (name == null && inTime) {
                if (isClosed()) {
                    throw new IllegalStateException("the watch of the signals " + names + " is closed");
                }
                inTime = task.await(call, this::hasNews, this, deadlineNanos);
                name = tryAwait(); // null if another task has it
            }
            return name;
        } finally {
            waiting.remove(task.thread());
        }
    }

    @Override
    public void close() {
        if ((set(CLOSED) & CLOSED) == 0) {
            HeardSignal.remove(this);
        }
    }

    @Override
    boolean isOwed(int signal) {
        return (arrived.getAndAccumulate(bit(signal), (bits, bit) -> bits & ~bit) & bit(signal)) != 0;
    }

    @Override
    public String toString() {
        return "SignalWatch" + names;
    }
}
