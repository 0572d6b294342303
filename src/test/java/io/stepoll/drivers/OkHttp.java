package io.stepoll.drivers;

import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Certificates;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/** okhttp, whose own threads connect. Over HTTP/1.1, where the task itself reads; HTTP/2 has a thread that reads. */
final class OkHttp extends HttpClient {
    private final OkHttpClient client;

    OkHttp(Servers servers, boolean tls, int connections) throws Exception {
        super(servers, tls);
        client = new OkHttpClient.Builder().socketFactory(new LoopSocketFactory())
                .sslSocketFactory(Certificates.LOCAL.context(null).getSocketFactory(),
                        Certificates.AUTHORITY.trustManager())
                .connectionPool(new ConnectionPool(connections, 1, TimeUnit.MINUTES))
                .protocols(List.of(Protocol.HTTP_1_1)).readTimeout(Duration.ZERO).build();
    }

    @Override
    void get(String url, Reader reader) throws Exception {
        try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
            reader.read(response.body().byteStream());
        }
    }

    @Override
    public void close() {
        client.connectionPool().evictAll();
        client.dispatcher().executorService().shutdown();
    }
}
