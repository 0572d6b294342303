package io.stepoll.internal.io;

import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.LoopTasks;
import io.stepoll.internal.task.TaskWait;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What a loop does for a shutdown: it stops listeners, and ends the waits of idle connections. On the loop's thread.
 */
public final class Draining {
    private final Poller poller;
    private final Scheduler scheduler;
    private final LoopTasks tasks;
    private final Set<Registration> stopping = Collections.newSetFromMap(new IdentityHashMap<>());
    private final ByteBuffer peeked = ByteBuffer.allocateDirect(1);
    private volatile boolean draining;

    Draining(Poller poller, Scheduler scheduler, LoopTasks tasks) {
        this.poller = poller;
        this.scheduler = scheduler;
        this.tasks = tasks;
    }

    /**
     * Stops all listeners. Each is closed when its accept queue is empty: by the accept call that finds it so, or after
     * the next poll. A connection that arrives in between is reset.
     */
    public void stopAccepting() {
        poller.forEach(registration -> {
            if (Sockets.intOption(registration.fd(), Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) == 1) {
                stopping.add(registration);
                scheduler.add(() -> closeIfNobodyCame(registration));
            }
        });
    }

    /** Stops one listener, which the caller closes. */
    void stop(OpenDescriptor listener) {
        stopping.add(listener.registration());
    }

    /** One poll after the stop. */
    private void closeIfNobodyCame(Registration listener) {
        if (listener.isOpen() && listener.hasWaiters() && (listener.isShared() || !listener.mayRead())) {
            Closes.close(poller, listener);
        }
    }

    boolean isStopping(OpenDescriptor listener) {
        return !stopping.isEmpty() && stopping.contains(listener.registration());
    }

    void close(OpenDescriptor listener) {
        Closes.close(poller, listener.registration());
    }

    /** The stopped listeners where connections still wait and nobody accepts them. */
    public List<String> listening() {
        List<String> left = new ArrayList<>();
        stopping.stream().filter(Registration::isOpen).forEach(listener -> left.add(AddressText.of(listener.fd())));
        return left;
    }

    /** Closes the stopped listeners, even if connections wait there. */
    public void closeListeners() {
        stopping.stream().filter(Registration::isOpen).forEach(listener -> Closes.close(poller, listener));
    }

    /** From now on there is no next request: the tasks that wait for one go on, and the handlers are told. */
    public void begin() {
        draining = true;
        tasks.forEach(LoopTask::endIdleness);
        poller.forEach(registration -> {
            if (registration.resident() instanceof HandlerRegistration handler) {
                handler.drains();
            }
        });
    }

    /** What each handler waits for that still keeps the loop, by the name of its descriptor and its peer. */
    public void forEachHandler(BiConsumer<String, String> consumer) {
        poller.forEach(registration -> {
            if (registration.resident() instanceof HandlerRegistration handler && handler.isWaiting()) {
                consumer.accept(handler.toString(), handler.interests());
            }
        });
    }

    /** The same for the sockets alone that are marked, see {@link LoopDescriptor#setDraining}. */
    public void endMarkedWaits() {
        tasks.forEach(LoopTask::endIdlenessIfMarked);
    }

    /** From any thread. */
    public boolean isDraining() {
        return draining;
    }

    /** See {@link io.stepoll.Descriptor#awaitRequest()}. */
    boolean awaitRequest(OpenDescriptor socket, long deadlineNanos) throws IOException {
        socket.check("awaitRequest");
        if (isKnownToHaveSomething(socket)) {
            return true;
        }
        TaskWait task = socket.callBegins("awaitRequest"); // may yield: what happens meanwhile counts below
        if (isKnownToHaveSomething(socket)) {
            return true;
        }
        if (draining || socket.registration().isDraining()) {
            return hasSomething(socket);
        }
        task.setIdle(true);
        try {
            BlockingCall.awaitReadable(task, socket, "awaitRequest", deadlineNanos);
            return true;
        } catch (SocketTimeoutException e) {
            if (!draining && !socket.registration().isDraining()) {
                throw e;
            }
            return hasSomething(socket); // a request may have come since the last poll
        } finally {
            task.setIdle(false);
        }
    }

    private boolean isKnownToHaveSomething(OpenDescriptor socket) {
        if (!socket.registration().mayRead()) {
            return false;
        }
        if (hasSomething(socket)) {
            return true;
        }
        socket.registration().readWouldBlock();
        return false;
    }

    /** Bytes, an end or an error: whatever a read would not wait for. */
    private boolean hasSomething(OpenDescriptor socket) {
        return Sockets.recv(socket.fd(), MemorySegment.ofBuffer(peeked).address(), 1,
                Sockets.MSG_PEEK | Sockets.MSG_DONTWAIT) != -Errno.EAGAIN;
    }
}
