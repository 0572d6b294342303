package io.stepoll.internal.sched;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.FailureHandler;
import io.stepoll.PeriodicTimer;
import io.stepoll.TaskBody;
import io.stepoll.support.Actors;
import io.stepoll.support.Actors.Actor;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Tasks and callbacks of each kind that a loop knows, side by side on one loop. All of them do the same. */
final class Bustle {
    private static final int TASKS = 4;
    private static final long PERIOD_MICROS = 100;
    private static final Duration PERIOD = Duration.ofNanos(1000 * PERIOD_MICROS);

    private final EventLoop loop;
    private final Actors actors;
    private final Duration pause;
    private final TaskBody act;

    private Bustle(EventLoop loop, Actors actors, Duration pause, TaskBody act) {
        this.loop = loop;
        this.actors = actors;
        this.pause = pause;
        this.act = act;
    }

    /**
     * Begins on a loop that runs, whose failure handler is {@link #failureHandler}.
     *
     * @param pause between two acts; with zero something is queued at all times, and the loop never sleeps
     */
    static void begin(EventLoop loop, Actors actors, Duration pause, TaskBody act) throws Exception {
        loop.spawn(new Bustle(loop, actors, pause, act)::beginAll).join();
    }

    private void beginAll() throws IOException {
        for (int i = 0; i < TASKS; i++) {
            task(actor("task " + i));
        }
        queuedCallback(actor("queued callback"));
        periodicTimer(actor("periodic timer"));
        executorCommand(actor("command of the executor"));
        loop.callSoon(new Failing(this, actor("failure handler")));
        int[] ends = RawSockets.pair();
        handler(actor("handler"), loop.own(ends[0]));
        handler(actor("handler of the other end"), loop.own(ends[1]));
        RawSockets.send(ends[0], 1);
    }

    private Actor actor(String what) {
        return actors.add(what + " on " + loop);
    }

    private void task(Actor actor) {
        loop.spawn(() -> {
            while (actor.act(act)) {
                loop.sleep(pause);
            }
        });
    }

    private void queuedCallback(Actor actor) {
        loop.callSoon(new Runnable() {
            @Override
            public void run() {
                if (actor.act(act)) {
                    again(this);
                }
            }
        });
    }

    private void again(Runnable callback) {
        if (pause.isZero()) {
            loop.callSoon(callback);
        } else {
            loop.callLater(pause, () -> loop.callSoon(callback));
        }
    }

    private void periodicTimer(Actor actor) {
        PeriodicTimer[] timer = new PeriodicTimer[1];
        timer[0] = loop.callAtFixedRate(PERIOD, PERIOD, () -> {
            if (!actor.act(act)) {
                timer[0].cancel();
            }
        });
    }

    private void executorCommand(Actor actor) {
        ScheduledExecutorService executor = loop.asScheduledExecutor();
        executor.scheduleAtFixedRate(() -> {
            if (!actor.act(act)) {
                executor.shutdown();
            }
        }, 0, PERIOD_MICROS, TimeUnit.MICROSECONDS);
    }

    /** Acts for each byte that comes, and sends it back. */
    private void handler(Actor actor, Descriptor socket) throws IOException {
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        socket.handle(descriptor -> {
            while (descriptor.tryRead(one.clear()) != Descriptor.WOULD_BLOCK) {
                if (one.position() == 0 || !actor.act(act)) { // the other end is closed, or this one is to be
                    descriptor.close();
                    actor.end();
                    return;
                }
                descriptor.tryWrite(one.flip());
            }
        }, true, false);
    }

    /** A callback that fails each time. The failure handler acts, and queues the callback again. */
    private record Failing(Bustle bustle, Actor actor) implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("as each time");
        }

        void handle() {
            if (actor.act(bustle.act)) {
                bustle.again(this);
            }
        }
    }

    static FailureHandler failureHandler(Actors actors) {
        return (callback, failure) -> {
            if (callback instanceof Failing failing) {
                failing.handle();
            } else {
                actors.failed(failure);
            }
        };
    }
}
