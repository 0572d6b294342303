package io.stepoll.surroundings;

import io.stepoll.CallbackRegistration;
import io.stepoll.EventLoop;
import io.stepoll.SignalWatch;
import io.stepoll.internal.sys.Signals;
import io.stepoll.support.Looks;

/**
 * A child's main. A handler of another library counts the signals that get back to it: those that come while no loop
 * listens, and those that a loop has got and told nobody of when it stopped to listen.
 */
final class OwedSignals {
    private static final int USR1 = 10;

    private OwedSignals() {}

    public static void main(String[] arguments) throws Exception {
        Surroundings.handle(0, USR1);
        Surroundings.raise(USR1);
        print("before", 1);
        try (EventLoop loop = EventLoop.open()) {
            CallbackRegistration told = loop.onSignal("USR1", () -> System.out.println("told"));
            sendAndAwaitIn(loop);
            loop.step(false);
            told.close();
            print("told", 1);

            CallbackRegistration first = loop.onSignal("USR1", () -> System.out.println("never"));
            CallbackRegistration second = loop.onSignal("USR1", () -> System.out.println("second"));
            sendAndAwaitIn(loop);
            first.close(); // another one gets it
            loop.step(false);
            second.close();
            print("closed beside another", 1);

            first = loop.onSignal("USR1", () -> System.out.println("never"));
            sendAndAwaitIn(loop);
            first.close();
            print("closed in time", 2);
            loop.step(false);

            SignalWatch watch = loop.watchSignals("USR1", "URG");
            sendToWatches(loop);
            watch.close();
            print("watched", 3);

            watch = loop.watchSignals("USR1");
            sendToWatches(loop);
            if (!watch.tryAwait().equals("USR1")) {
                throw new AssertionError();
            }
            watch.close();
            print("taken", 3);
        }
        try (EventLoop loop = EventLoop.open()) {
            loop.watchSignals("USR1"); // the loop's close is its end
            sendToWatches(loop);
        }
        print("loop closed", 4);
        for (int i = 0; i < 200; i++) { // the close comes at each moment around the signal's way to the loop
            try (EventLoop loop = EventLoop.open()) {
                int[] told = new int[1];
                CallbackRegistration registration = loop.onSignal("USR1", () -> told[0]++);
                int before = Surroundings.handled(0);
                Signals.send(USR1);
                for (int spins = i * 50; spins > 0; spins--) {
                    Thread.onSpinWait();
                }
                registration.close();
                Looks.until(() -> {
                    loop.step(false);
                    return told[0] + Surroundings.handled(0) - before > 0;
                });
                if (told[0] + Surroundings.handled(0) - before != 1) {
                    throw new AssertionError("told " + told[0] + ", given back " + (Surroundings.handled(0) - before));
                }
            }
        }
        System.out.println("at each moment");
    }

    private static void sendAndAwaitIn(EventLoop loop) throws Exception {
        loop.step(false); // what an earlier signal has queued
        Signals.send(USR1);
        Looks.until(() -> loop.timeoutNanos() == 0);
    }

    private static void sendToWatches(EventLoop loop) throws Exception {
        try (SignalWatch last = loop.watchSignals("USR1")) { // the one that listens last is told last
            Signals.send(USR1);
            Looks.until(() -> last.tryAwait() != null);
        }
    }

    /** Waits for the calls that are sure to come, as another thread may handle the signal, and prints how many came. */
    private static void print(String what, int calls) throws Exception {
        Looks.until(() -> Surroundings.handled(0) >= calls);
        System.out.println(what + ": " + Surroundings.handled(0));
    }
}
