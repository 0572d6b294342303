package io.stepoll.internal.poll;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Lets {@link Thread#interrupt()} end a sleep in epoll_wait, which it would not by itself: the JDK's hook for it is
 * open to selectors, and to those only, so this is one in name. Its {@code begin} and {@code end} stand around each
 * sleep, and an interrupt in between calls {@link #wakeup()}.
 */
final class Interruption extends AbstractSelector {
    private final Wakeup wakeup;

    Interruption(Wakeup wakeup) {
        super(null); // of no provider: nothing here asks for it
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
