package io.stepoll.internal.reactor;

/** Who reports what callbacks throw. */
@FunctionalInterface
public interface CallbackFailures {
    /** A callback has thrown. Called on the loop's thread, which goes on; must not wait and must not throw. */
    void callbackFailed(Object callback, Throwable thrown);
}
