package io.stepoll.bench.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.stepoll.net.Addresses;

/**
 * An echo server for datagrams on Netty, with one thread: {@code NettyDatagramEcho udp:host:port plain|batch}. Netty
 * always sends in batches (sendmmsg). It receives in batches (recvmmsg) only if an option says how large a datagram is.
 */
public final class NettyDatagramEcho {
    private static final int BATCH = 64;
    private static final int DATAGRAM_BYTES = 2048;

    private NettyDatagramEcho() {}

    /** Serves until the process is killed. */
    public static void main(String[] arguments) throws Exception {
        Bootstrap bootstrap = new Bootstrap()
                .group(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))
                .channel(EpollDatagramChannel.class)
                .handler(new Echo());
        if (arguments[1].equals("batch")) {
            bootstrap.option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, DATAGRAM_BYTES)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(BATCH * DATAGRAM_BYTES));
        }
        bootstrap.bind(Addresses.parseDatagram(arguments[0])).sync();
        System.out.println("READY");
    }

    private static final class Echo extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            context.write(new DatagramPacket(packet.content().retain(), packet.sender()), context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }
}
