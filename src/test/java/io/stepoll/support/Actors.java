package io.stepoll.support;

import io.stepoll.TaskBody;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Callbacks, tasks and threads that act again and again. Each counts its acts, so a test sees who stands still. */
public final class Actors {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long PAUSE_MILLIS = 20;

    private final List<Actor> all = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** One of them. */
    public final class Actor {
        private final String name;
        private final AtomicLong acts = new AtomicLong();
        private volatile Thread thread; // of the last act
        private volatile boolean stopping;
        private volatile boolean ended;

        /* For the thread that watches. */
        private long actsAtBegin;
        private long actsSeen;
        private long changedNanos = System.nanoTime(); // it may begin while the thread watches

        private Actor(String name) {
            this.name = name;
        }

        /** Acts once. Returns false, and does nothing, if the actor is to end. */
        public boolean act(TaskBody body) {
            thread = Thread.currentThread();
            if (stopping) {
                end();
                return false;
            }
            try {
                body.run();
            } catch (Throwable thrown) {
                failed(thrown);
            }
            acts.incrementAndGet();
            return true;
        }

        /** The next act is not to begin. */
        public void stop() {
            stopping = true;
        }

        /** It acts no more. */
        public void end() {
            ended = true;
        }

        private void look(long nowNanos) {
            long now = acts.get();
            if (now != actsSeen) {
                actsSeen = now;
                changedNanos = nowNanos;
            } else if (!ended && nowNanos - changedNanos > LIMIT.toNanos()) {
                throw standsStill(this);
            }
        }

        @Override
        public String toString() {
            return name + " (" + acts + " acts, last in " + thread + ")";
        }
    }

    /** A new actor. */
    public Actor add(String name) {
        Actor actor = new Actor(name);
        all.add(actor);
        return actor;
    }

    /** Something failed that should not; the test fails at its next look. */
    public void failed(Throwable thrown) {
        failure.compareAndSet(null, thrown);
    }

    /** Watches for so long, and until each actor has acted. Fails if one stands still. */
    public void watch(Duration time) throws InterruptedException {
        long beginNanos = System.nanoTime();
        for (Actor actor : all) {
            actor.actsAtBegin = actor.acts.get();
            actor.actsSeen = actor.actsAtBegin;
            actor.changedNanos = beginNanos;
        }
        while (System.nanoTime() - beginNanos < time.toNanos()
                || all.stream().anyMatch(actor -> !actor.ended && actor.acts.get() == actor.actsAtBegin)) {
            look();
        }
    }

    /** Stops all, and waits until they have ended. */
    public void stop() throws InterruptedException {
        stop(all);
    }

    /** Stops some, and waits until they have ended. */
    public void stop(List<Actor> some) throws InterruptedException {
        some.forEach(Actor::stop);
        long beginNanos = System.nanoTime();
        all.forEach(actor -> actor.changedNanos = beginNanos);
        while (some.stream().anyMatch(actor -> !actor.ended)) {
            look();
        }
    }

    private void look() throws InterruptedException {
        Thread.sleep(PAUSE_MILLIS); // leaves the processor to the actors
        if (failure.get() != null) {
            throw new AssertionError("an act failed", failure.get());
        }
        long nowNanos = System.nanoTime();
        all.forEach(actor -> actor.look(nowNanos));
    }

    private AssertionError standsStill(Actor actor) {
        return new AssertionError(actor + " stands still\n" + dump());
    }

    /** The stacks of all platform threads, and of the virtual threads in which the actors acted last. */
    public String dump() {
        StringBuilder dump = new StringBuilder();
        for (Actor actor : all) {
            dump.append(actor).append('\n');
            if (actor.thread != null && actor.thread.isVirtual()) {
                append(dump, actor.thread.getState(), actor.thread.getStackTrace());
            }
        }
        for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
            dump.append(thread.getKey()).append('\n');
            append(dump, thread.getKey().getState(), thread.getValue());
        }
        return dump.toString();
    }

    private static void append(StringBuilder dump, Thread.State state, StackTraceElement[] stack) {
        dump.append("    ").append(state).append('\n');
        for (StackTraceElement frame : stack) {
            dump.append("        at ").append(frame).append('\n');
        }
    }
}
