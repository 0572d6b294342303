package io.stepoll.internal.io;

import io.stepoll.internal.memory.LoopBuffers;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.task.LoopTasks;

/** What all descriptors of a loop share: the step, the tasks, epoll, what transfers go through, and buffers. */
final class LoopIo {
    final Reactor reactor;
    final LoopTasks tasks;
    final Poller poller;
    final LoopCounters counters;
    final LoopBuffers buffers;
    final Transfer transfer;
    final SpareBuffers spareBuffers = new SpareBuffers();
    private Vector vector; // most loops need neither
    private FilePipe filePipe;

    LoopIo(Reactor reactor, LoopTasks tasks, Poller poller, LoopBuffers buffers) {
        this.reactor = reactor;
        this.tasks = tasks;
        this.poller = poller;
        counters = poller.counters();
        this.buffers = buffers;
        transfer = new Transfer(buffers);
    }

    Vector vector() {
        if (vector == null) {
            vector = new Vector(buffers);
        }
        return vector;
    }

    FilePipe filePipe() {
        if (filePipe == null) {
            filePipe = new FilePipe();
        }
        return filePipe;
    }

    void close() {
        poller.forEach(registration -> Closes.close(poller, registration));
        if (filePipe != null) {
            filePipe.close();
        }
    }
}
