package io.stepoll.surroundings;

import io.stepoll.EventLoop;

/**
 * A child's main. Other libraries put their handlers over the loop's, and call it, while loops ask for the signal and
 * give it back. Prints how often each of the three handlers was called.
 */
final class HandlersInChain {
    private static final int USR1 = 10;
    private static final int WINCH = 28;

    private HandlersInChain() {}

    public static void main(String[] arguments) throws Exception {
        Surroundings.handle(0, USR1);
        covered(1, "USR1", USR1);
        raise("one over the loop's", USR1);
        covered(2, "USR1", USR1);
        raise("two", USR1);
        try (EventLoop loop = EventLoop.open()) {
            loop.stopOnSignals("USR1");
            loop.callSoon(() -> Surroundings.raise(USR1));
            loop.run();
            print("taken");
        }
        raise("given back", USR1);
        covered(0, "USR1", USR1);
        raise("a circle", USR1);
        covered(1, "WINCH", WINCH);
        raise("ignored by default", WINCH);
        raise("again", WINCH);
    }

    /** The handler is put over the loop's, and then the loop gives the signal back. */
    private static void covered(int which, String name, int signal) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.stopOnSignals(name);
            Surroundings.handle(which, signal);
        }
    }

    private static void raise(String what, int signal) {
        Surroundings.raise(signal);
        print(what);
    }

    private static void print(String what) {
        System.out.println(what + ": " + Surroundings.handled(0) + " " + Surroundings.handled(1) + " "
                + Surroundings.handled(2));
    }
}
