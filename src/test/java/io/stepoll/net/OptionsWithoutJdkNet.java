package io.stepoll.net;

import io.stepoll.EventLoop;
import java.net.SocketOption;
import java.net.StandardSocketOptions;

/**
 * Prints the options of a socket, and the message of the exception for signals. For a JVM of its own without the
 * modules jdk.net and jdk.unsupported: all other options are there, signals are not.
 */
final class OptionsWithoutJdkNet {
    private OptionsWithoutJdkNet() {}

    public static void main(String[] arguments) throws Exception {
        if (ModuleLayer.boot().findModule("jdk.net").isPresent()) {
            throw new AssertionError("jdk.net is not missing");
        }
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket socket = StreamSocket.pair(loop)[0];
            socket.setOption(StandardSocketOptions.SO_LINGER, 1).getOption(LinuxSocketOptions.PEER_CREDENTIALS);
            for (SocketOption<?> option : socket.supportedOptions()) {
                System.out.println(option.name() + " " + option.type().getSimpleName());
            }
            try {
                loop.stopOnSignals();
            } catch (UnsupportedOperationException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }
}
