package io.stepoll.internal.io;

import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.reactor.Wakeable;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.LockSupport;

/**
 * The wait of a virtual thread that no loop carries: the thread parks, and a loop waits for the socket in its place.
 * The thread begins the wait, gives it up and sees its end; all else happens on the loop's thread.
 */
final class ForeignWait implements Waiter, Wakeable {
    private final RoamingSocket socket;
    private final RoamingCall call;
    private final LoopDescriptors loop;
    private final Thread thread = Thread.currentThread();

    /** Whether the thread is to go on, and try its call again. */
    private volatile boolean over;

    private volatile IOException failure;

    /* The loop's. */
    private boolean givenUp;
    private SocketOnLoop place; // null while it does not wait there
    private long sequence;

    private ForeignWait(RoamingSocket socket, RoamingCall call) {
        this.socket = socket;
        this.call = call;
        loop = socket.loopForForeigners();
    }

    /**
     * Waits until the call may succeed, or for so long. Returns sometimes without a reason.
     *
     * @throws InterruptedIOException if the thread is interrupted; its status stays set
     */
    static void await(RoamingSocket socket, RoamingCall call, long timeoutNanos) throws IOException {
        ForeignWait wait = new ForeignWait(socket, call);
        if (wait.loop.submit(wait::begin)) { // else the loop was closed meanwhile, and the next try takes another one
            wait.park(timeoutNanos);
        }
    }

    private void park(long timeoutNanos) throws IOException {
        long beginNanos = System.nanoTime();
        while (!over) {
            long leftNanos = timeoutNanos - (System.nanoTime() - beginNanos);
            if (thread.isInterrupted() || leftNanos <= 0) {
                loop.submit(this::giveUp);
                if (thread.isInterrupted()) {
                    throw new InterruptedIOException(call.name + ": interrupted");
                }
                return;
            }
            if (timeoutNanos == ForeignCall.NO_DEADLINE) {
                LockSupport.park(socket);
            } else {
                LockSupport.parkNanos(socket, leftNanos);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** The loop may have taken an edge that came before. So the kernel is asked once, by poll(2). */
    private void begin() {
        if (givenUp) {
            return;
        }
        if (loop.isClosing()) { // its descriptors are closed already, and a further one would wait for ever
            end(); // the next try takes another loop
            return;
        }
        try {
            SocketOnLoop there = socket.on(loop);
            boolean reads = call.interest == Registration.READ;
            if ((reads ? Sockets.pollIn(there.fd()) : Sockets.pollOut(there.fd())) != 0) {
                end();
                return;
            }
            there.io.reactor.prepareWait();
            SystemCallFailures.check("epoll_ctl", there.registration().await(this, call.interest), there.describe());
            sequence = there.io.reactor.waitBegins();
            there.foreignWaits(1);
            place = there;
        } catch (IOException e) {
            failure = e;
            end();
        } catch (RuntimeException | Error e) {
            failure = new IOException(e);
            end();
        }
    }

    private void giveUp() {
        givenUp = true;
        detach();
    }

    private void detach() {
        if (place != null) {
            place.registration().leave(this);
            leftPlace();
        }
    }

    private void leftPlace() {
        place.io.reactor.waitEnds();
        place.foreignWaits(-1);
        place = null;
    }

    private void end() {
        over = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void ready(int events) {
        place.io.reactor.ready(this);
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public boolean isCallback() {
        return false;
    }

    @Override
    public void wake(long number) {
        if (place != null && number == sequence) {
            detach();
            end();
        }
    }

    @Override
    public void abandoned() {
        leftPlace();
        end();
    }

    @Override
    public void retryWrite() {
        detach();
        end();
    }
}
