package io.stepoll.bench.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.stepoll.net.Addresses;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP server on Netty with one thread: {@code NettyHttp tcp:host:port}. Its codec checks requests as it does by
 * default. It answers {@code GET /plaintext} as Netty's entries in public benchmarks do: the body, the constant fields
 * and the date of the second are ready, and it flushes once for all requests that a read has brought.
 */
public final class NettyHttp {
    private static final int BACKLOG = 4096;
    private static final DateTimeFormatter DATE = DateTimeFormatter.RFC_1123_DATE_TIME;

    private NettyHttp() {}

    /** Serves until the process is killed. */
    public static void main(String[] arguments) throws Exception {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Dates dates = new Dates((EventLoop) group.next());
        new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpServerCodec(), new Pages(dates));
                    }
                })
                .bind(Addresses.parse(arguments[0]))
                .sync();
        System.out.println("READY");
    }

    /** The date, once a second. */
    private static final class Dates {
        AsciiString now;

        Dates(EventLoop loop) {
            tick();
            loop.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
        }

        private void tick() {
            now = new AsciiString(DATE.format(ZonedDateTime.now(ZoneOffset.UTC)));
        }
    }

    /** The handler of a channel. */
    private static final class Pages extends SimpleChannelInboundHandler<HttpObject> {
        private static final byte[] TEXT = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
        private static final ByteBuf BODY =
                Unpooled.unreleasableBuffer(Unpooled.directBuffer(TEXT.length).writeBytes(TEXT)).asReadOnly();
        private static final AsciiString LENGTH = AsciiString.cached(Integer.toString(TEXT.length));

        private final Dates dates;

        Pages(Dates dates) {
            this.dates = dates;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
            if (message instanceof HttpRequest request) {
                if (request.decoderResult().isFailure()
                        || request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                                && !request.headers().contains(HttpHeaderNames.HOST)) {
                    refuse(context, HttpResponseStatus.BAD_REQUEST);
                } else if (request.method().equals(HttpMethod.GET) && request.uri().equals("/plaintext")) {
                    answer(context, request);
                } else {
                    refuse(context, HttpResponseStatus.NOT_FOUND);
                }
            }
        }

        private void answer(ChannelHandlerContext context, HttpRequest request) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
                    BODY.duplicate(), DefaultHttpHeadersFactory.headersFactory().withValidation(false),
                    DefaultHttpHeadersFactory.trailersFactory().withValidation(false));
            response.headers()
                    .set(HttpHeaderNames.DATE, dates.now)
                    .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN)
                    .set(HttpHeaderNames.CONTENT_LENGTH, LENGTH);
            if (HttpUtil.isKeepAlive(request)) {
                context.write(response, context.voidPromise());
            } else {
                response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
                context.write(response).addListener(ChannelFutureListener.CLOSE);
            }
        }

        private static void refuse(ChannelHandlerContext context, HttpResponseStatus status) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
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
