package io.stepoll.internal.executor;

import io.stepoll.internal.reactor.Reactor;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The result of a callback that an executor runs. A callback must not wait for it by name. Cancelling interrupts
 * nothing: a callback that has begun runs to its end, also one that waits for a lock.
 */
class LoopFuture<V> extends FutureTask<V> {
    final Reactor reactor;

    LoopFuture(Reactor reactor, Callable<V> body) {
        super(body);
        this.reactor = reactor;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        return super.cancel(false);
    }

    @Override
    public V get() throws InterruptedException, ExecutionException {
        checkMayWait();
        return super.get();
    }

    @Override
    public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        checkMayWait();
        return super.get(timeout, unit);
    }

    private void checkMayWait() {
        if (!isDone()) {
            reactor.thread().checkMayWait("get");
        }
    }
}
