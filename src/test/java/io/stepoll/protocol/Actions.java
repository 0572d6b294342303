package io.stepoll.protocol;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.Timer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Random changes of the world, none of which waits: from outside of the loops, from callbacks and from tasks. */
final class Actions {
    /** Where an action runs. */
    enum Place {
        OUTSIDE, CALLBACK, TASK
    }

    private static final int LARGEST_STEPS = 4;
    private static final Duration LONGEST_SLEEP = Duration.ofSeconds(1);
    private static final int MOST_HANDLES = 24;
    private static final int MOST_WORKERS = 12;
    private static final int MOST_TICKS = 6;

    private final World world;
    private final LoopModel loop;
    private final Place place;
    private final SplittableRandom random;

    /** On a loop: only with its handles something may be done in a callback or a task. */
    Actions(World world, LoopModel loop, Place place, SplittableRandom random) {
        this.world = world;
        this.loop = loop;
        this.place = place;
        this.random = random;
    }

    /** An action on handles and connections, whose IOExceptions the model judges. */
    @FunctionalInterface
    private interface OnHandle {
        void act(Handle handle) throws IOException;
    }

    /** Does one. */
    void one() {
        if (loop.closing) {
            return;
        }
        world.noticeStoppedListeners();
        switch (random.nextInt(place == Place.OUTSIDE ? 60 : 45)) {
            case 0, 1 -> connection();
            case 2 -> pipe();
            case 3 -> listener();
            case 4, 5, 6 -> take();
            case 7 -> here(this::close);
            case 8 -> here(this::disown);
            case 9 -> here(this::duplicate);
            case 10 -> here(this::shutdownOutput);
            case 11, 12 -> here(this::handle);
            case 13 -> here(HandlerModel::remove);
            case 14, 15 -> here(this::tryRead);
            case 16, 17 -> here(this::tryWrite);
            case 18 -> here(this::peek);
            case 19, 20, 21 -> raw();
            case 22 -> closeRaw();
            case 23, 24 -> spawn();
            case 25, 26, 27, 28 -> give();
            case 29 -> cancel();
            case 30 -> interruptOrUnpark();
            case 31 -> end();
            case 32, 33 -> callSoon();
            case 34, 35 -> callLater();
            case 36 -> changeTimer();
            case 37 -> pass();
            case 38 -> receivePassed();
            case 39 -> throwOnce();
            case 40 -> connect();
            case 41 -> here(this::tryAccept);
            case 42 -> waitInACallback();
            case 43 -> here(Actions::shareAgain);
            case 44 -> shutdown();
            case 45, 46 -> advance();
            case 47 -> jump();
            default -> steps();
        }
    }

    /** Now and then: after it listeners are closed, and tasks cancelled. */
    private void shutdown() {
        if (random.nextInt(8) == 0) {
            world.note("shuts down " + loop.name);
            loop.beginShutdown(random);
        }
    }

    private void steps() {
        for (int i = random.nextInt(LARGEST_STEPS); i >= 0; i--) {
            loop.step(false);
        }
    }

    /**
     * A step that may sleep jumps to the next deadline. There is one, even if the step itself fires all others. A delay
     * counts from the last phase, and the clock may have moved since.
     */
    private void jump() {
        Duration sincePhase = Duration.ofNanos(loop.clock.nanoTime() - loop.earliestNow());
        Timer guard = loop.loop.callLater(sincePhase.plus(LONGEST_SLEEP), () -> {});
        loop.step(true);
        guard.cancel();
    }

    private void advance() {
        Duration time = RandomOperations.time(random);
        world.note(loop.name + " advances " + time);
        loop.clock.advance(time);
    }

    private void connection() {
        if (world.openHandles().size() < MOST_HANDLES) {
            Connections.open(world, End.Kind.UNIX);
            take();
            take();
        }
    }

    private void pipe() {
        if (world.openHandles().size() < MOST_HANDLES) {
            Connections.open(world, End.Kind.PIPE);
            take();
        }
    }

    private void listener() {
        if (world.openHandles().size() < MOST_HANDLES) {
            Connections.listen(world);
            take();
        }
    }

    private void connect() {
        Handle listener = World.pick(world.handles.stream()
                .filter(handle -> handle.open && handle.end.kind == End.Kind.LISTENER).toList(), random);
        if (listener != null && world.openHandles().size() < MOST_HANDLES) {
            Connections.connect(world, listener.end);
        }
    }

    private void here(OnHandle action) {
        on(World.pick(world.handlesOf(loop), random), action);
    }

    private void on(Handle handle, OnHandle action) {
        if (handle == null) {
            return;
        }
        try {
            action.act(handle);
        } catch (IOException e) {
            world.noticeStoppedListeners();
            boolean expected = e instanceof ConnectionResetException && handle.end.mayBeReset
                    || e instanceof BrokenPipeException && handle.canWrite()
                            && (handle.end.outputEnded || handle.end.out.abandoned);
            if (!expected) {
                world.fail("an action on " + handle + " has failed", e);
            }
        } catch (IllegalStateException e) {
            boolean busy = world.workers.stream().anyMatch(worker -> worker.isAbout(handle));
            if (!busy) {
                world.fail("an action on " + handle + " was refused", e);
            }
        }
    }

    private void take() {
        Handle raw = World.pick(world.rawHandles(), random);
        on(raw, handle -> Connections.take(loop, handle, random));
    }

    private void close(Handle handle) {
        world.note("closes " + handle);
        Descriptor descriptor = handle.descriptor;
        handle.closed();
        descriptor.close();
    }

    private void disown(Handle handle) throws IOException {
        world.note("disowns " + handle);
        Descriptor descriptor = handle.descriptor;
        handle.left();
        if (descriptor.disown() != handle.fd) {
            world.fail("disown of " + handle + " has returned another number");
        }
    }

    private void duplicate(Handle handle) throws IOException {
        boolean everybodyIsHere = handle.end.handles.stream().allMatch(other -> other.loop == null
                || other.loop == loop || place == Place.OUTSIDE);
        if (handle.end.kind == End.Kind.UNIX && everybodyIsHere && world.openHandles().size() < MOST_HANDLES) {
            Connections.duplicate(world, handle);
        }
    }

    private static void shareAgain(Handle handle) throws IOException {
        if (handle.shared) {
            handle.descriptor.share();
        }
    }

    private void shutdownOutput(Handle handle) throws IOException {
        if (handle.end.kind == End.Kind.UNIX) {
            world.note("ends the output of " + handle);
            handle.descriptor.shutdownOutput();
            handle.end.outputEnds();
        }
    }

    private void handle(Handle handle) throws IOException {
        HandlerModel handler = handle.handler == null || random.nextBoolean()
                ? new HandlerModel(world, handle, random.split()) : handle.handler;
        boolean reads = (handle.canRead() || handle.end.kind == End.Kind.LISTENER) && random.nextInt(4) != 0;
        boolean writes = handle.canWrite() && random.nextInt(3) == 0;
        world.note("handles " + handle + (reads ? " reading" : "") + (writes ? " writing" : ""));
        handler.set(reads, writes);
    }

    private void tryRead(Handle handle) throws IOException {
        if (handle.canRead()) {
            Calls.tryRead(world, handle, random);
        }
    }

    private void tryWrite(Handle handle) throws IOException {
        if (handle.canWrite()) {
            Calls.tryWrite(world, handle, random);
        }
    }

    private void peek(Handle handle) throws IOException {
        if (handle.end.kind == End.Kind.UNIX) {
            Calls.peek(world, handle, random);
        }
    }

    private void tryAccept(Handle handle) throws IOException {
        if (handle.end.kind == End.Kind.LISTENER) {
            Calls.tryAccept(world, handle);
        }
    }

    /** A peer that is on no loop reads or writes. */
    private void raw() {
        Handle handle = World.pick(world.rawHandles(), random);
        if (handle == null || handle.end.kind == End.Kind.LISTENER) {
            return;
        }
        if (handle.canRead() && random.nextBoolean()) {
            Calls.rawRead(world, handle, random);
        } else if (handle.canWrite()) {
            Calls.rawWrite(world, handle, random);
        }
    }

    private void closeRaw() {
        Handle handle = World.pick(world.rawHandles(), random);
        if (handle != null) {
            world.note("closes raw " + handle);
            handle.closeRaw();
        }
    }

    private List<Worker> live() {
        return world.workers.stream().filter(worker -> worker.isLive() && !worker.loop.closing).toList();
    }

    private void spawn() {
        if (live().size() < MOST_WORKERS) {
            List<TaskOperation> first = random.nextBoolean() ? List.of() : operations(loop);
            Worker.spawn(loop, first, random.nextInt(5) != 0, false, loop.loop::spawn);
        }
    }

    private List<TaskOperation> operations(LoopModel of) {
        return new RandomOperations(world, of, random.split()).several(4);
    }

    private void give() {
        Worker worker = World.pick(live().stream().filter(Worker::isIdle).toList(), random);
        if (worker != null) {
            worker.give(operations(worker.loop));
        }
    }

    private void end() {
        Worker worker = World.pick(live(), random);
        if (worker != null) {
            worker.end();
        }
    }

    private void cancel() {
        Worker worker = World.pick(live(), random);
        if (worker != null) {
            world.note("cancels " + worker);
            worker.cancel();
        }
    }

    private void interruptOrUnpark() {
        Worker worker = World.pick(live(), random);
        if (worker == null) {
            return;
        }
        if (random.nextInt(3) == 0) {
            world.note("interrupts " + worker);
            worker.interrupt();
        } else {
            world.note("unparks " + worker);
            LockSupport.unpark(worker.task.thread());
        }
    }

    private Runnable callback(LoopModel of) {
        SplittableRandom later = random.split();
        return () -> {
            world.note("a callback of " + of.name);
            new Actions(world, of, Place.CALLBACK, later).one();
        };
    }

    private void callSoon() {
        LoopModel other = World.pick(world.openLoops(), random);
        if (other == loop || place == Place.OUTSIDE) {
            other.callSoon(callback(other));
        } else {
            other.submit(callback(other));
        }
    }

    private void callLater() {
        if (random.nextInt(4) == 0) {
            Duration period = RandomOperations.time(random).plusNanos(1 + random.nextInt(3));
            loop.callPeriodically(RandomOperations.time(random), period, random.nextBoolean(),
                    1 + random.nextInt(MOST_TICKS), periodic());
        } else {
            loop.callLater(RandomOperations.time(random), callback(loop));
        }
    }

    /** What a periodic timer calls. Each call has a generator of its own. */
    private Runnable periodic() {
        SplittableRandom ticks = random.split();
        return () -> new Actions(world, loop, Place.CALLBACK, ticks.split()).one();
    }

    private void changeTimer() {
        LoopModel.TimerModel timer = World.pick(loop.timers, random);
        if (timer == null) {
            return;
        }
        if (random.nextBoolean()) {
            timer.cancel();
        } else {
            timer.reset(RandomOperations.time(random));
        }
    }

    private void pass() {
        Carrier carrier = World.pick(world.carriers.stream()
                .filter(one -> one.from == loop && !one.to.closing).toList(), random);
        Handle handle = World.pick(world.openHandles().stream().filter(one -> one.end.kind == End.Kind.UNIX
                && one.end.handles.stream().allMatch(other -> other.loop == null || other.loop == loop)).toList(),
                random);
        if (carrier == null || handle == null || world.openHandles().size() >= MOST_HANDLES) {
            return;
        }
        try {
            if (carrier.sender.tryWritePassing(ByteBuffer.wrap(new byte[1]), handle.fd) == 1) {
                world.note("passes " + handle + " to " + carrier.to.name);
                handle.end.inFlight++;
                carrier.onTheirWay.add(handle.end);
                Connections.share(handle.end);
            }
        } catch (IOException e) {
            world.fail("passing " + handle, e);
        }
    }

    private void receivePassed() {
        Carrier carrier = World.pick(world.carriers.stream().filter(one -> one.to == loop).toList(), random);
        if (carrier == null) {
            return;
        }
        try {
            int expected = !carrier.onTheirWay.isEmpty() ? 1 : carrier.from.closing ? -1 : Descriptor.WOULD_BLOCK;
            int count = carrier.receiver.tryReadPassed(ByteBuffer.allocate(1),
                    passed -> Connections.passed(carrier, passed));
            if (count != expected && count != Descriptor.WOULD_BLOCK) {
                world.fail("tryReadPassed has returned " + count);
            }
        } catch (IOException e) {
            world.fail("receiving a passed descriptor", e);
        }
    }

    private void throwOnce() {
        loop.callSoon(() -> {
            throw loop.failure("a callback throws");
        });
    }

    /** A callback must not wait by name. */
    private void waitInACallback() {
        if (place != Place.CALLBACK) {
            return;
        }
        try {
            loop.loop.sleep(Duration.ofMillis(1));
            world.fail("a callback sleeps");
        } catch (IllegalStateException e) {
            // as it must be
        } catch (InterruptedException e) {
            world.fail("a callback is interrupted", e);
        }
    }
}
