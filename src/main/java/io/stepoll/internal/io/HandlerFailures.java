package io.stepoll.internal.io;

/** Is told what the handlers of a descriptor throw. In a callback. */
@FunctionalInterface
public interface HandlerFailures {
    /** A handler has thrown, or the descriptor is in error. Never throws. */
    void handlerFailed(Throwable thrown);
}
