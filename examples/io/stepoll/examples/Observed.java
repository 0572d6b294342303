package io.stepoll.examples;

import io.stepoll.LoopGroup;
import io.stepoll.management.Management;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import java.net.InetSocketAddress;
import java.net.Socket;

/** An echo server under load for a moment, and what can be seen of it: its numbers, and what its tasks wait for. */
public final class Observed {
    private static final int MESSAGES = 1000;
    private static final int LENGTH = 100;

    private Observed() {}

    /** Runs until the client has its answers. */
    public static void main(String[] arguments) throws Exception {
        try (LoopGroup group = LoopGroup.builder().loops(1).name("web").options(o -> o.histograms(true)).open();
                Server server = Server.builder(group).serve(c -> EchoServer.echo(c.socket()))
                        .open(Addresses.parse("tcp:127.0.0.1:0"));
                Management.Registration bean = Management.register(group.loop(0));
                Socket client = new Socket()) {
            System.out.println("for jconsole: " + bean.name());
            client.connect((InetSocketAddress) server.localAddress());

            LoopMetrics before = group.loop(0).metrics();
            for (int i = 0; i < MESSAGES; i++) {
                client.getOutputStream().write(new byte[LENGTH]);
                client.getInputStream().readNBytes(LENGTH);
            }
            LoopMetrics since = group.loop(0).metrics().minus(before);
            System.out.println("utilisation: " + since.utilisation());
            System.out.println("messages a second: " + since.rate(Metric.TCP_BYTES_IN) / LENGTH);
            System.out.println("longest step: " + since.get(Timing.STEP_LENGTH).maxNanos() + " ns");

            System.out.println(since);
            System.out.println(group.loop(0).dump());
        }
    }
}
