package io.stepoll;

import io.stepoll.net.LinuxSocketOptions;
import io.stepoll.net.StreamSocket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;

/**
 * Run where the modules jdk.net and jdk.unsupported are missing: all other options are there, signals are not. Prints
 * the names of the options that are, and what is said of signals.
 */
final class OptionsWithoutJdkNet {
    private OptionsWithoutJdkNet() {}

    public static void main(String[] arguments) throws Exception {
        if (ModuleLayer.boot().findModule("jdk.net").isPresent()) {
            throw new AssertionError("it is not missing");
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
