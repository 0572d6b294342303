package io.stepoll.examples;

import java.io.IOException;

/** Starts a server. Prints a line or two if its arguments are wrong or the system refuses something. */
final class ServerMain {
    private static final int REFUSED = 1;
    private static final int WRONG_ARGUMENTS = 2;

    private ServerMain() {}

    /** What a server does. It throws an IllegalArgumentException for wrong arguments. */
    interface Body {
        void run() throws IOException;
    }

    /** Runs a server. Exits with status 2 for wrong arguments, and with 1 if the system refuses something. */
    static void run(String name, String usage, boolean valid, Body body) {
        try {
            if (valid) {
                body.run();
                return;
            }
        } catch (IllegalArgumentException e) {
            System.err.println(name + ": " + e.getMessage());
        } catch (IOException e) {
            System.err.println(name + ": " + e.getMessage());
            System.exit(REFUSED);
        }
        System.err.println("usage: " + name + " " + usage);
        System.exit(WRONG_ARGUMENTS);
    }
}
