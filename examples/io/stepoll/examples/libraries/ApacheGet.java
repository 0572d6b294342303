package io.stepoll.examples.libraries;

import io.stepoll.EventLoop;
import io.stepoll.net.LoopSocketFactory;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;

/** Apache's HttpClient in a task. */
public final class ApacheGet {
    private ApacheGet() {}

    /** Connections over the sockets of a factory; the client layers TLS over them. */
    private static final class Connections extends PoolingHttpClientConnectionManagerBuilder {
        private final LoopSocketFactory sockets = new LoopSocketFactory();

        @Override
        protected HttpClientConnectionOperator createConnectionOperator(SchemePortResolver ports, DnsResolver names,
                TlsSocketStrategy tls) {
            return new DefaultHttpClientConnectionOperator(_ -> sockets.createSocket(), ports, names,
                    RegistryBuilder.<TlsSocketStrategy>create().register("https", tls).build());
        }
    }

    /** Gets what is at a URL. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open(); CloseableHttpClient client = HttpClients.custom()
                .setConnectionManager(new Connections().build()).build()) {
            loop.spawn(() -> {
                client.execute(new HttpGet(arguments[0]), response -> {
                    System.out.println(response.getCode() + " " + EntityUtils.toString(response.getEntity()));
                    return null;
                });
            });
            loop.runUntilDone();
        }
    }
}
