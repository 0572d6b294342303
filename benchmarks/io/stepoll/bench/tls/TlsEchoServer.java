package io.stepoll.bench.tls;

import com.sun.management.ThreadMXBean;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.tls.TlsServer;
import io.stepoll.tls.TlsSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.conscrypt.Conscrypt;

/**
 * An echo server over TLS 1.3 on one loop: {@code WAY KEYSTORE}. It prints READY and its port. For each line of its
 * input it prints how late a timer of 1 ms was at worst since the line before, how much the loop's thread has worked at
 * most between two ticks of it, both in nanoseconds, and how many bytes the process has allocated so far. The timer is
 * also late when another thread has the processor.
 */
public final class TlsEchoServer {
    private static final int LARGEST = 1 << 14;
    private static final int BACKLOG = 4096;
    private static final Duration PERIOD = Duration.ofMillis(1);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final AtomicLong worstNanos = new AtomicLong();
    private final AtomicLong longestNanos = new AtomicLong();
    private long dueNanos;
    private long workedNanos;
    private long thread; // the loop's

    private TlsEchoServer() {}

    /** Serves until the end of its input. */
    public static void main(String[] arguments) throws Exception {
        TlsWay way = TlsWay.valueOf(arguments[0]);
        Keys keys = new Keys(arguments[1]);
        TlsEchoServer server = new TlsEchoServer();
        int port = way.isNetty ? server.serveByNetty(way, keys) : server.serveByLoop(way, keys);
        System.out.println("READY " + port);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            System.out.println(server.worstNanos.getAndSet(0) + " " + server.longestNanos.getAndSet(0) + " "
                    + THREADS.getTotalThreadAllocatedBytes());
        }
        System.exit(0);
    }

    private void tick() {
        long nowNanos = System.nanoTime();
        long workNanos = THREADS.getThreadCpuTime(thread);
        if (dueNanos != 0) {
            worstNanos.accumulateAndGet(nowNanos - dueNanos, Math::max);
            longestNanos.accumulateAndGet(workNanos - workedNanos, Math::max);
        }
        workedNanos = workNanos;
        dueNanos = nowNanos + PERIOD.toNanos();
    }

    private int serveByLoop(TlsWay way, Keys keys) throws Exception {
        TlsServer tls = TlsServer.builder(keys.context(way.isNative ? Conscrypt.newProvider() : null))
                .protocols("TLSv1.3").build();
        LoopGroup group = LoopGroup.builder().loops(1).name("bench").open();
        EventLoop loop = group.next();
        Listener listener = loop.spawn(() -> Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"), BACKLOG)).join();
        thread = Thread.getAllStackTraces().keySet().stream().filter(each -> each.getName().startsWith("bench"))
                .findFirst().orElseThrow().threadId();
        loop.callWithFixedDelay(PERIOD, PERIOD, this::tick);
        loop.spawn(() -> {
            while (true) {
                StreamSocket accepted = listener.accept();
                loop.spawn(() -> echo(tls, accepted, way.isNative));
            }
        });
        return loop.spawn(() -> ((InetSocketAddress) listener.localAddress()).getPort()).join();
    }

    private static void echo(TlsServer tls, StreamSocket accepted, boolean isDirect) {
        try (TlsSocket connection = tls.over(accepted)) {
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connection.handshake();
            ByteBuffer buffer = isDirect ? ByteBuffer.allocateDirect(LARGEST) : ByteBuffer.allocate(LARGEST);
            while (connection.read(buffer.clear()) >= 0) {
                connection.write(buffer.flip());
            }
        } catch (IOException e) {
            // The load has gone.
        }
    }

    private int serveByNetty(TlsWay way, Keys keys) throws Exception {
        SslContext context = SslContextBuilder.forServer(keys.keyManagers())
                .sslProvider(way.isNative ? SslProvider.OPENSSL : SslProvider.JDK).protocols("TLSv1.3").build();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Channel listener = new ServerBootstrap().group(group).channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(context.newHandler(channel.alloc()), new Echo());
                    }
                }).bind("127.0.0.1", 0).sync().channel();
        thread = group.submit(() -> Thread.currentThread().threadId()).get();
        group.next().scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.MILLISECONDS);
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
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
