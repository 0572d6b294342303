package io.stepoll;

import java.util.concurrent.Callable;

/** A task of a group, which is told of its end. */
final class GroupTask<T> extends LoopTask<T> {
    private final TaskScope<T> scope;

    GroupTask(Reactor reactor, Callable<? extends T> body, TaskScope<T> scope) {
        super(reactor, body);
        this.scope = scope;
    }

    @Override
    void ended() {
        try {
            super.ended();
        } finally {
            scope.ended(this);
        }
    }
}
