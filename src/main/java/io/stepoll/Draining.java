package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** What a loop does on its way to the end: for {@link Shutdown}. Belongs to the loop's thread. */
final class Draining {
    private final Reactor reactor;
    private final Set<Registration> stopping = Collections.newSetFromMap(new IdentityHashMap<>());
    private final ByteBuffer peeked = ByteBuffer.allocateDirect(1);
    private volatile boolean draining;

    /** The one that is under way; null if there is none. Two at once would wait for each other. For any thread. */
    final AtomicReference<Shutdown> shutdown = new AtomicReference<>();

    Draining(Reactor reactor) {
        this.reactor = reactor;
    }

    /**
     * Lets all listeners be closed as soon as nobody waits there to be accepted: by who finds that out, or, where the
     * next poll has nothing for who waits, after that. What comes between that look and the close is reset.
     */
    void stopAccepting() {
        reactor.poller.forEach(registration -> {
            if (Sockets.intOption(registration.fd(), Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) == 1) {
                stop(registration);
                reactor.scheduler.add(() -> closeIfNobodyCame(registration));
            }
        });
    }

    void stop(Registration listener) {
        stopping.add(listener);
    }

    /** A poll later. */
    private void closeIfNobodyCame(Registration listener) {
        if (listener.isOpen() && listener.hasWaiters() && (listener.isShared() || !listener.mayRead())) {
            reactor.close(listener);
        }
    }

    boolean isStopping(Descriptor listener) {
        return !stopping.isEmpty() && stopping.contains(listener.registration());
    }

    /** Where connections still wait, and nobody accepts them. */
    List<String> listening() {
        List<String> left = new ArrayList<>();
        stopping.stream().filter(Registration::isOpen).forEach(listener -> left.add(AddressText.of(listener.fd())));
        return left;
    }

    /** Whatever waits there. */
    void closeListeners() {
        stopping.stream().filter(Registration::isOpen).forEach(reactor::close);
    }

    /** Tasks between two requests are told that there is none any more. */
    void begin() {
        draining = true;
        reactor.liveTasks.forEach(LoopTask::endIdleness);
    }

    /** From any thread. */
    boolean isDraining() {
        return draining;
    }

    /** See {@link TaskCalls#awaitRequest}. */
    boolean awaitRequest(Descriptor socket, long deadlineNanos) throws IOException {
        socket.check("awaitRequest");
        if (socket.registration().mayRead()) {
            if (hasSomething(socket)) {
                return true;
            }
            socket.registration().readWouldBlock();
        }
        if (draining) {
            return hasSomething(socket);
        }
        Suspension task = socket.suspension("awaitRequest", 0);
        task.setIdle(true);
        try {
            socket.awaitReadable(deadlineNanos);
            return true;
        } catch (SocketTimeoutException e) {
            if (!draining) {
                throw e;
            }
            return hasSomething(socket); // it may have come since the last poll
        } finally {
            task.setIdle(false);
        }
    }

    /** Bytes, an end or an error: whatever a read would not wait for. */
    private boolean hasSomething(Descriptor socket) {
        return Sockets.recv(socket.fd(), MemorySegment.ofBuffer(peeked).address(), 1,
                Sockets.MSG_PEEK | Sockets.MSG_DONTWAIT) != -Errno.EAGAIN;
    }
}
