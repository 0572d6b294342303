package io.stepoll.examples;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;

/** How the servers begin: if their arguments are wrong, or the system refuses, they say so in a line or two. */
final class ServerMain {
    private static final int REFUSED = 1;
    private static final int WRONG_ARGUMENTS = 2;

    private ServerMain() {}

    /** What a server does: an IllegalArgumentException is about its arguments. */
    interface Body {
        void run() throws IOException;
    }

    /** Runs it; with status 2 for wrong arguments, and 1 if it cannot have what it asks for. */
    static void run(String name, String usage, boolean rightCount, Body body) {
        try {
            if (rightCount) {
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

    /** Nobody listens at a Unix path any more: so the next one can. */
    static void removeFile(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }
}
