package io.stepoll.net;

import io.stepoll.EventLoop;
import java.net.SocketOption;
import java.net.StandardSocketOptions;

/** Prints the options of a socket. For a JVM of its own without the module jdk.net: all other options are there. */
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
            loop.stopOnSignals();
        }
    }
}
