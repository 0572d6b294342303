package io.stepoll.protocol;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.support.Libc;
import java.io.IOException;
import java.util.SplittableRandom;

/** A handler that does random things, and what must hold whenever it is called. */
final class HandlerModel implements ReadinessHandler {
    private final World world;
    private final Handle handle;
    private final SplittableRandom random;
    private boolean reads;
    private boolean writes;

    HandlerModel(World world, Handle handle, SplittableRandom random) {
        this.world = world;
        this.handle = handle;
        this.random = random;
    }

    /** Sets it, or changes what it is called for. */
    void set(boolean newReads, boolean newWrites) throws IOException {
        handle.descriptor.handle(this, newReads, newWrites);
        reads = newReads;
        writes = newWrites;
        handle.handler = this;
    }

    static void remove(Handle handle) throws IOException {
        handle.descriptor.handle(null, false, false);
        handle.handler = null;
    }

    private void begins(String call, Descriptor descriptor, boolean asked) {
        world.noticeStoppedListeners();
        world.note(handle + " is " + call);
        if (handle.handler != this || descriptor != handle.descriptor || !asked) {
            world.fail("a handler of " + handle + " is called, " + call + ", that is not set for it");
        }
        if (handle.handling) {
            world.fail("a handler of " + handle + " is called, " + call + ", while one waits");
        }
    }

    /** Waits for the lock of the loop, now and then: meanwhile no handler of the descriptor may be called. */
    private void waits() {
        LoopModel loop = handle.loop;
        if (loop.callbacksMayLock && !world.settling && random.nextInt(6) == 0) {
            handle.handling = true;
            try {
                loop.lock.lockInterruptibly();
                loop.lock.unlock();
            } catch (InterruptedException e) {
                if (!loop.closing) {
                    world.fail("a handler of " + handle + " is interrupted by nobody", e);
                }
            } finally {
                handle.handling = false;
            }
        }
    }

    /** Everything is quiet: says what it should have been told. */
    void checkQuiet() {
        if (reads && Libc.poll(handle.fd, Libc.POLLIN) != 0) {
            world.fail("the handler of " + handle + " was not told that it is readable");
        }
        if (writes && (Libc.poll(handle.fd, Libc.POLLOUT) & Libc.POLLOUT) != 0) {
            world.fail("the handler of " + handle + " was not told that it is writable");
        }
    }

    private boolean isSetStill() {
        return handle.handler == this && handle.isOnLoop();
    }

    @Override
    public void readable(Descriptor descriptor) throws IOException {
        begins("readable", descriptor, reads);
        waits();
        if (!isSetStill()) {
            return;
        }
        if (!world.settling) {
            switch (random.nextInt(12)) {
                case 0 -> {
                    RuntimeException thrown = handle.loop.failure("readable throws");
                    handle.closed(); // as the loop does
                    throw thrown;
                }
                case 1 -> {
                    throw new IOException("readable fails");
                }
                case 2 -> {
                    remove(handle);
                    return;
                }
                case 3 -> {
                    close();
                    return;
                }
                case 4 -> set(random.nextBoolean(), handle.canWrite() && random.nextBoolean());
                case 5 -> {
                    return;
                }
                default -> {
                    // It reads.
                }
            }
        }
        int most = world.settling ? Integer.MAX_VALUE : 1 + random.nextInt(4);
        for (int i = 0; i < most && isSetStill(); i++) {
            if (handle.end.kind == End.Kind.LISTENER) {
                if (Calls.tryAccept(world, handle)) {
                    continue;
                }
                return;
            }
            int count = Calls.tryRead(world, handle, random);
            if (count == Descriptor.WOULD_BLOCK) {
                return;
            }
            if (count == -1) {
                ended();
            }
        }
    }

    private void ended() throws IOException {
        if (random.nextBoolean()) {
            close();
        } else {
            remove(handle);
        }
    }

    private void close() {
        Descriptor descriptor = handle.descriptor;
        handle.closed();
        descriptor.close();
    }

    @Override
    public void writable(Descriptor descriptor) throws IOException {
        begins("writable", descriptor, writes);
        waits();
        if (!isSetStill()) {
            return;
        }
        if (world.settling || random.nextInt(3) == 0) {
            set(handle.canRead() || handle.end.kind == End.Kind.LISTENER, false);
        } else {
            Calls.tryWrite(world, handle, random);
        }
    }

    @Override
    public void hungUp(Descriptor descriptor) {
        begins("hung up", descriptor, true);
        close();
    }

    @Override
    public void failed(Descriptor descriptor, IOException failure) {
        world.noticeStoppedListeners();
        world.note(handle + " has failed: " + failure.getClass().getSimpleName());
        boolean expected = switch (failure) {
            case ConnectionResetException e -> handle.end.mayBeReset;
            case BrokenPipeException e -> handle.canWrite() && (handle.end.outputEnded || handle.end.out.abandoned);
            default -> "readable fails".equals(failure.getMessage());
        };
        if (!expected) {
            world.fail("a handler of " + handle + " is told of a failure", failure);
        }
        if (handle.isOnLoop()) {
            close();
        }
    }
}
