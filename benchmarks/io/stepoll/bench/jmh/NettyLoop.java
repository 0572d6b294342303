package io.stepoll.bench.jmh;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A Netty loop on epoll, which runs in its own thread. Benchmarks of work on that thread hand the work over in large
 * batches, so that the handing over hardly counts.
 */
@State(Scope.Benchmark)
public class NettyLoop {
    EventLoop loop;
    private EventLoopGroup group;

    @Setup
    public void open() throws Exception {
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        loop = group.next();
        loop.submit(this::prepare).sync();
    }

    /** Runs in the loop's thread. */
    void prepare() {}

    @TearDown
    public void close() throws InterruptedException {
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }
}
