package io.stepoll.internal.timer;

import io.stepoll.internal.reactor.Reactor;

/** For RoomsTest: a class in the room of timers that knows the step, which the table of rooms forbids. */
public final class ForbiddenArrow {
    private ForbiddenArrow() {}

    static String know(Reactor reactor) {
        return reactor.name();
    }
}
