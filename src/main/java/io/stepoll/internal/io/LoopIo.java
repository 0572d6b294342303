package io.stepoll.internal.io;

import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.task.LoopTasks;

/** What all descriptors of a loop share: the step, the tasks, epoll, what transfers go through, and spare buffers. */
final class LoopIo {
    final Reactor reactor;
    final LoopTasks tasks;
    final Poller poller;
    final Transfer transfer = new Transfer();
    final SpareBuffers spareBuffers = new SpareBuffers();
    private Vector vector; // most loops need neither
    private FilePipe filePipe;

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
