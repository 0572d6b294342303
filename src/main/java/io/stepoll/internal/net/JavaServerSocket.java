package io.stepoll.internal.net;

import io.stepoll.internal.io.LoopDescriptors;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.function.Supplier;

/** A {@link ServerSocket} whose waits are the loop's, and whose connections are {@link JavaSocket}s. */
final class JavaServerSocket extends ServerSocket {
    private final Supplier<LoopDescriptors> loopForForeigners;

    JavaServerSocket(Supplier<LoopDescriptors> loopForForeigners) {
        super(new JavaSocketImpl(true, loopForForeigners));
        this.loopForForeigners = loopForForeigners;
    }

    @Override
    public Socket accept() throws IOException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isBound()) {
            throw new SocketException("Socket is not bound yet");
        }
        Socket connection = new JavaSocket(loopForForeigners);
        implAccept(connection);
        return connection;
    }
}
