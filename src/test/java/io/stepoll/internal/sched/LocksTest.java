package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.sched.Used.Thing;
import io.stepoll.support.Actors;
import io.stepoll.support.Actors.Actor;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tasks and callbacks of all kinds, on two loops, use one thing that has a lock, and so do two threads for the first
 * half of the time. None of them stands still. A loop that takes locks on its own thread does so within the first
 * second in most cases. {@code -Dlocks.seconds=60} is for a longer run.
 */
@Timeout(600)
class LocksTest {
    private static final Duration HALF = Duration.ofSeconds(Long.getLong("locks.seconds", 2)).dividedBy(2);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @ParameterizedTest
    @EnumSource
    void nobodyStandsStill(Used used) throws Exception {
        Actors actors = new Actors();
        LoopGroup group = LoopGroup.builder().loops(2)
                .options(options -> options.failureHandler(Bustle.failureHandler(actors))).open();
        try {
            Thing thing = used.open();
            for (EventLoop loop : group.loops()) {
                Bustle.begin(loop, actors, Duration.ZERO, thing::use);
            }
            List<Actor> threads = List.of(thread(actors.add("thread 0"), thing), thread(actors.add("thread 1"), thing));
            actors.watch(HALF);
            actors.stop(threads);
            actors.watch(HALF);
            thing.letGo();
            actors.stop();
            thing.close();
        } finally {
            group.stop();
        }
        Thread closer = Thread.ofPlatform().start(group::close);
        closer.join(LIMIT);
        assertFalse(closer.isAlive(), actors::dump);
    }

    private static Actor thread(Actor actor, Thing thing) {
        Thread.ofPlatform().daemon().start(() -> {
            while (actor.act(thing::use)) {
                Thread.onSpinWait();
            }
        });
        return actor;
    }
}
