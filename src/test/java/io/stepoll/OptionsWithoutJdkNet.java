package io.stepoll;

import io.stepoll.net.LinuxSocketOptions;
import io.stepoll.net.StreamSocket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;

/** Run where the module jdk.net is missing: all other options are there. Prints the names of those that are. */
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
        }
    }
}
