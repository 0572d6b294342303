package io.stepoll.net;

import io.stepoll.EventLoop;

/**
 * Makes the state that the connections of a {@link Server} share on one loop.
 *
 * @param <S> the state
 */
@FunctionalInterface
public interface LoopState<S> {
    /**
     * Makes the state of a loop, in a task of that loop, before the server accepts.
     *
     * @param loop the loop
     * @return the state, which only code on the loop uses
     * @throws Exception to open no server
     */
    S open(EventLoop loop) throws Exception;
}
