package io.stepoll.net;

import io.stepoll.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Makes the state that the connections of a {@link Server} share on one loop.
 *
 * @param <S> the state
 * @since 0.1.0
 */
@FunctionalInterface
public interface LoopState<S extends @Nullable Object> {
    /**
     * Makes the state of a loop, in a task of that loop, before the server accepts.
     *
     * @param loop the loop
     * @return the state, which only code on the loop uses
     * @throws Exception to open no server
     */
    S open(EventLoop loop) throws Exception;
}
