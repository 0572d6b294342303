package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.SignalWatch;
import io.stepoll.internal.sys.Signals;
import io.stepoll.internal.task.TaskWait;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Signals that tasks of a loop wait for. What has come is a bit for each signal, which a task takes. */
final class WatchedSignals extends SignalListener implements SignalWatch, Runnable {
    /** The bit of the signal 0, which does not exist: nobody waits any more. */
    private static final int CLOSED = 1;

    private final List<String> names;
    private final AtomicInteger arrived = new AtomicInteger();

    /** No list of the loop's thread alone: after the loop's close a task may leave it on a late thread. */
    private final ConcurrentLinkedQueue<TaskWait> waiting = new ConcurrentLinkedQueue<>();

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
        int before = arrived.getAndAccumulate(bit(signal), (bits, bit) -> bits | bit);
        if ((before & bit(signal)) == 0) {
            loop.scheduler().submit(this); // if the loop is closed by now, its close finds the signal owed
        }
    }

    /** Whether this signal has come and no task has got it. For tests. */
    boolean hasArrived(String name) {
        return (arrived.get() & bit(Signals.number(name))) != 0;
    }

    /** On the loop: the tasks that wait look at what has come. */
    @Override
    public void run() {
        waiting.forEach(TaskWait::wakeUp);
    }

    @Override
    public String tryAwait() {
        for (String name : names) {
            int bit = bit(Signals.number(name));
            if ((arrived.get() & CLOSED) == 0
                    && (arrived.getAndAccumulate(bit, (bits, taken) -> bits & ~taken) & bit) != 0) {
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
        boolean inTime = true;
        while (true) {
            String name = tryAwait();
            if (name != null) {
                return name;
            }
            if ((arrived.get() & CLOSED) != 0) {
                throw new IllegalStateException("the watch of the signals " + names + " is closed");
            }
            if (!inTime) {
                return null;
            }
            waiting.add(task);
            try {
                inTime = task.awaitWakeUp(call, deadlineNanos);
            } finally {
                waiting.remove(task);
            }
        }
    }

    @Override
    public void close() {
        if ((arrived.getAndAccumulate(CLOSED, (bits, bit) -> bits | bit) & CLOSED) == 0) {
            HeardSignal.remove(this);
            if (!waiting.isEmpty()) {
                loop.scheduler().add(this); // they notice that nothing comes any more
            }
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
