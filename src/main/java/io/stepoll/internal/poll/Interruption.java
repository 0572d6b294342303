package io.stepoll.internal.poll;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Makes {@link Thread#interrupt()} of the loop's thread end its sleep in epoll_wait, which an interrupt does not end by
 * itself. The JDK offers its hook for this to selectors only, so this class is a selector in name. The hook is set
 * while the loop runs, and not around each sleep: the JDK guards it by a monitor of the thread, and a task that
 * interrupts the loop's thread may be the first in the queue of that monitor.
 */
final class Interruption extends AbstractSelector {
    private final Wakeup wakeup;
    private volatile boolean interrupted;

    Interruption(Wakeup wakeup) {
        super(null); // no provider: nothing here asks for one
        this.wakeup = wakeup;
    }

    /** The current thread begins to run the loop. */
    void beginRun() {
        interrupted = false;
        begin();
    }

    /** Sets the hook again. */
    void renewRun() {
        begin();
    }

    /** The current thread runs the loop no more. */
    void endRun() {
        end();
    }

    /** Whether the thread was interrupted since it began to run the loop. */
    boolean isInterrupted() {
        return interrupted;
    }

    /** Called by an interrupt, on the interrupting thread. */
    @Override
    public Selector wakeup() {
        interrupted = true;
        wakeup.wake();
        return this;
    }

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> keys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int selectNow() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select(long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select() {
        throw new UnsupportedOperationException();
    }
}
