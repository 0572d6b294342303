package io.stepoll.bench.peers;

import io.stepoll.net.Addresses;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;

/**
 * An echo server on the bare selector of the JDK: {@code SelectorEcho ADDR}. The addresses are those of
 * {@link io.stepoll.bench.EchoServer}.
 */
public final class SelectorEcho {
    private static final int BUFFER_BYTES = 1 << 14;
    private static final int BACKLOG = 4096;

    private final Selector selector = Selector.open();
    private final ByteBuffer shared = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private SelectorEcho() throws IOException {}

    /** Serves until the process is killed. */
    public static void main(String[] arguments) throws IOException {
        SelectorEcho server = new SelectorEcho();
        if (arguments[0].startsWith("udp:")) {
            DatagramChannel channel = DatagramChannel.open();
            channel.bind(Addresses.parseDatagram(arguments[0])).configureBlocking(false);
            channel.register(server.selector, SelectionKey.OP_READ);
        } else {
            ServerSocketChannel listener = listen(Addresses.parse(arguments[0]));
            listener.configureBlocking(false);
            listener.register(server.selector, SelectionKey.OP_ACCEPT);
        }
        System.out.println("READY");
        while (true) {
            server.selector.select(server::serve);
        }
    }

    static ServerSocketChannel listen(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
            return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address, BACKLOG);
        }
        return ServerSocketChannel.open().bind(address, BACKLOG);
    }

    private void serve(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                SocketChannel client = ((ServerSocketChannel) key.channel()).accept();
                client.configureBlocking(false);
                client.register(selector, SelectionKey.OP_READ);
            } else if (key.isWritable()) {
                sendRest(key);
            } else if (key.channel() instanceof DatagramChannel channel) {
                echoAll(channel);
            } else {
                echo(key);
            }
        } catch (IOException e) {
            drop(key);
        }
    }

    private void echo(SelectionKey key) throws IOException {
        SocketChannel client = (SocketChannel) key.channel();
        if (client.read(shared.clear()) < 0) {
            drop(key);
            return;
        }
        client.write(shared.flip());
        if (shared.hasRemaining()) {
            key.attach(ByteBuffer.allocateDirect(shared.remaining()).put(shared).flip());
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private void sendRest(SelectionKey key) throws IOException {
        ByteBuffer rest = (ByteBuffer) key.attachment();
        ((SocketChannel) key.channel()).write(rest);
        if (!rest.hasRemaining()) {
            key.attach(null);
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void echoAll(DatagramChannel channel) throws IOException {
        for (SocketAddress from; (from = channel.receive(shared.clear())) != null;) {
            channel.send(shared.flip(), from);
        }
    }

    private static void drop(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            // The descriptor is closed all the same.
        }
    }
}
