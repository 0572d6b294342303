package io.stepoll.examples;

import io.stepoll.LoopGroup;
import io.stepoll.examples.dashboard.LivePage;
import io.stepoll.examples.monitoring.PrometheusPage;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.shutdown.Shutdown;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.ExecutionException;

/**
 * A page that shows what loops do, until SIGINT or SIGTERM: {@code http://…/}, and for Prometheus {@code /metrics}.
 * Beside it an echo server gives the loops something to do; the program prints its address. The page needs uPlot, Gson
 * and Micrometer on the class path: {@code ./mvnw -q -Pdashboard}.
 */
public final class Dashboard {
    private static final String USAGE = "unix:@name | unix:/path | tcp:host:port [loops]";

    private Dashboard() {}

    /** Serves the page at the given address. */
    public static void main(String[] arguments) {
        boolean valid = String.join(" ", arguments).matches("\\S+( [1-9]\\d{0,2})?");
        ServerMain.run("Dashboard", USAGE, valid, () -> serve(Addresses.parse(arguments[0]),
                arguments.length < 2 ? 2 : Integer.parseInt(arguments[1])));
    }

    private static void serve(SocketAddress address, int loops) throws IOException {
        try (LoopGroup group = LoopGroup.builder().loops(loops).name("echo").options(loop -> loop.histograms(true))
                .open()) {
            Shutdown.of(group).onSignals();
            Server echo = Server.builder(group).serve(c -> EchoServer.echo(c.socket()))
                    .open(Addresses.parse("tcp:127.0.0.1:0"));
            PrometheusPage metrics = new PrometheusPage(group::metrics).server("echo", echo::metrics);
            try (LivePage page = LivePage.builder().watch(group).watch("echo", echo).page("/metrics", metrics::content)
                    .open(address)) {
                System.out.println("page at " + Addresses.format(page.localAddress()));
                System.out.println("echo at " + Addresses.format(echo.localAddress()));
                System.out.println("READY");
                group.join();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the end of this thread ends the program
        }
    }
}
