package io.stepoll.bench.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.stepoll.net.Addresses;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;

/**
 * An echo server on Netty, written as Netty's own examples are, with one thread: {@code NettyEcho ADDR epoll|nio}. The
 * addresses are those of {@link io.stepoll.bench.EchoServer}; {@code nio} has no Unix sockets here.
 */
public final class NettyEcho {
    private static final int BACKLOG = 4096;

    private NettyEcho() {}

    /** Serves until the process is killed. */
    public static void main(String[] arguments) throws Exception {
        SocketAddress address = Addresses.parse(arguments[0]);
        boolean nio = arguments[1].equals("nio");
        IoHandlerFactory handlers = nio ? NioIoHandler.newFactory() : EpollIoHandler.newFactory();
        Class<? extends ServerChannel> channel = nio ? NioServerSocketChannel.class : EpollServerSocketChannel.class;
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
            address = new DomainSocketAddress(unix.getPath().toString());
            channel = EpollServerDomainSocketChannel.class;
        }
        new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(1, handlers))
                .channel(channel)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new Echo())
                .bind(address)
                .sync();
        System.out.println("READY");
    }

    /** One handler for all channels. */
    @ChannelHandler.Sharable
    static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
