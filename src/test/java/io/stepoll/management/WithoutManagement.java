package io.stepoll.management;

import io.stepoll.EventLoop;

/** A child's main in a JVM without JMX. */
final class WithoutManagement {
    private WithoutManagement() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.runUntilDone();
            try {
                Management.register(loop).close();
            } catch (UnsupportedOperationException e) {
                System.out.println(e);
            }
        }
    }
}
