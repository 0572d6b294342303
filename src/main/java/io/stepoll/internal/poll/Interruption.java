package io.stepoll.internal.poll;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Makes {@link Thread#interrupt()} end a sleep in epoll_wait, which an interrupt does not end by itself. The JDK offers
 * its hook for this to selectors only, so this class is a selector in name. The poller calls {@link #beginSleep} before
 * each sleep and {@link #endSleep} after it. An interrupt in between calls {@link #wakeup()}.
 */
final class Interruption extends AbstractSelector {
    private final Wakeup wakeup;

    Interruption(Wakeup wakeup) {
        super(null); // no provider: nothing here asks for one
        this.wakeup = wakeup;
    }

    void beginSleep() {
        begin();
    }

    void endSleep() {
        end();
    }

    @Override
    public Selector wakeup() {
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
