package io.stepoll.internal.io;

import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.task.LoopTasks;

/** What all descriptors of a loop share: the step, the tasks, epoll, and memory for transfers. */
final class LoopIo {
    final Reactor reactor;
    final LoopTasks tasks;
    final Poller poller;
    final Transfer transfer = new Transfer();
    private Vector vector; // most loops never need it

    LoopIo(Reactor reactor, LoopTasks tasks, Poller poller) {
        this.reactor = reactor;
        this.tasks = tasks;
        this.poller = poller;
    }

    Vector vector() {
        if (vector == null) {
            vector = new Vector();
        }
        return vector;
    }
}
