package io.stepoll.internal.net;

import io.stepoll.internal.io.LoopDescriptors;
import java.net.Socket;
import java.net.SocketException;
import java.util.function.Supplier;

/** A {@link Socket} whose waits are the loop's; its {@link JavaSocketImpl} does all. */
final class JavaSocket extends Socket {
    JavaSocket(Supplier<LoopDescriptors> loopForForeigners) throws SocketException {
        super(new JavaSocketImpl(false, loopForForeigners));
    }
}
