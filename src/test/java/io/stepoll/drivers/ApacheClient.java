package io.stepoll.drivers;

import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Certificates;
import java.io.IOException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.RegistryBuilder;

/** Apache's HttpClient, with its pool. */
final class ApacheClient extends HttpClient {
    /** Has the loop's sockets below the library's TLS. */
    private static final class Connections extends PoolingHttpClientConnectionManagerBuilder {
        private final LoopSocketFactory sockets = new LoopSocketFactory();

        @Override
        protected HttpClientConnectionOperator createConnectionOperator(SchemePortResolver ports, DnsResolver names,
                TlsSocketStrategy tls) {
            return new DefaultHttpClientConnectionOperator(_ -> sockets.createSocket(), ports, names,
                    RegistryBuilder.<TlsSocketStrategy>create().register("https", tls).build());
        }
    }

    private final CloseableHttpClient client;
    private final String quick;

    ApacheClient(Servers servers, boolean tls, int connections) throws Exception {
        super(servers, tls);
        quick = servers.nginx().quick(tls);
        client = HttpClients.custom().disableAutomaticRetries().setConnectionManager(new Connections()
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(Certificates.LOCAL.context(null)))
                .setMaxConnTotal(connections).setMaxConnPerRoute(connections).build()).build();
    }

    @Override
    void get(String url, Reader reader) throws Exception {
        client.execute(new HttpGet(url), response -> {
            try {
                reader.read(response.getEntity().getContent());
                return null;
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    /** An answer that is not closed keeps its connection. */
    @Override
    AutoCloseable borrow() throws IOException {
        return client.executeOpen(null, new HttpGet(quick), null);
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
