package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.metrics.Snapshot;
import io.stepoll.metrics.GroupMetrics;
import io.stepoll.metrics.LoopMetrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A {@link LoopGroup}, open until it is closed. */
final class RunningGroup implements LoopGroup {
    private final String name;
    private final List<GroupThread> threads = new ArrayList<>();
    private final List<EventLoop> loops = new ArrayList<>();
    private final AtomicInteger turns = new AtomicInteger();

    private RunningGroup(String name) {
        this.name = name;
    }

    static RunningGroup open(GroupBuilder options) throws IOException {
        RunningGroup group = new RunningGroup(options.name);
        int[] processors = options.processors;
        try {
            for (int i = 0; i < options.loops; i++) {
                LoopBuilder loop = new LoopBuilder();
                options.options.accept(loop);
                loop.name(options.name + "-" + i);
                int processor = processors.length == 0 ? GroupThread.NOT_PINNED : processors[i % processors.length];
                GroupThread thread = new GroupThread(loop, processor);
                group.loops.add(thread.start());
                group.threads.add(thread);
            }
            return group;
        } catch (IOException | RuntimeException | Error e) {
            group.stop();
            group.awaitThreads();
            throw e;
        }
    }

    @Override
    public EventLoop next() {
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get(Math.floorMod(turns.getAndIncrement(), loops.size()));
            if (!Loop.of(loop).thread().isClosing()) {
                return loop;
            }
        }
        throw new IllegalStateException("the loops of " + name + " are closed");
    }

    @Override
    public EventLoop loop(int index) {
        return loops.get(index);
    }

    @Override
    public List<EventLoop> loops() {
        return Collections.unmodifiableList(loops);
    }

    @Override
    public GroupMetrics metrics() {
        List<LoopMetrics> each = loops.stream().map(EventLoop::metrics).toList();
        return new GroupMetrics(Snapshot.sum(name, each), each);
    }

    @Override
    public void stop() {
        loops.forEach(EventLoop::stop);
    }

    @Override
    public void join() throws InterruptedException, ExecutionException {
        checkIsElsewhere("join");
        for (GroupThread thread : threads) {
            thread.join();
        }
        Throwable failure = failure();
        if (failure != null) {
            throw new ExecutionException("a loop of " + name + " failed", failure);
        }
    }

    @Override
    public void close() {
        checkIsElsewhere("close");
        stop();
        awaitThreads();
        Throwable failure = failure();
        if (failure != null) {
            throw new IllegalStateException("a loop of " + name + " failed", failure);
        }
    }

    private void checkIsElsewhere(String call) {
        for (EventLoop loop : loops) {
            if (loop.isCurrent()) {
                throw new IllegalStateException(call + " waits for the loops of " + name + ", and was called on "
                        + loop + ", which would wait for itself");
            }
        }
    }

    private void awaitThreads() {
        boolean interrupted = false;
        for (GroupThread thread : threads) {
            for (boolean ended = false; !ended;) {
                try {
                    thread.join();
                    ended = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The exception of the first loop that has failed, with those of the others suppressed in it; null for none. */
    private Throwable failure() {
        Throwable first = null;
        for (GroupThread thread : threads) {
            Throwable failure = thread.failure();
            if (first == null) {
                first = failure;
            } else if (failure != null && failure != first) {
                first.addSuppressed(failure);
            }
        }
        return first;
    }

    @Override
    public String toString() {
        return "LoopGroup[" + name + ", " + loops.size() + " loops]";
    }
}
