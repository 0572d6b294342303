package io.stepoll.examples;

import io.stepoll.CallbackRegistration;
import io.stepoll.EventLoop;
import io.stepoll.SignalWatch;

/** Signals as events: a callback for HUP, and a task that waits for USR1 and URG. */
public final class Signals {
    private Signals() {}

    /** Prints READY, and then what comes, until two of the task's signals have come. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CallbackRegistration reload = loop.onSignal("HUP", () -> System.out.println("reloading"));
            loop.spawn(() -> {
                try (SignalWatch watch = loop.watchSignals("USR1", "URG")) {
                    System.out.println("READY");
                    System.out.println("got " + watch.await());
                    System.out.println("got " + watch.await());
                }
                reload.close(); // HUP has the effect again that it had before
                loop.stop();
            });
            loop.run();
        }
    }
}
