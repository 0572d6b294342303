package io.stepoll.drivers;

import io.stepoll.net.HttpsConnectionSocketFactory;
import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Certificates;
import java.io.InputStream;
import java.net.URI;
import javax.net.ssl.HttpsURLConnection;

/** The JDK's HttpsURLConnection, which takes a factory for TLS. HttpURLConnection takes none for plain HTTP. */
final class UrlConnectionClient extends HttpClient {
    private final HttpsConnectionSocketFactory sockets;

    UrlConnectionClient(Servers servers) throws Exception {
        super(servers, true);
        sockets = new HttpsConnectionSocketFactory(new LoopSocketFactory(),
                Certificates.LOCAL.context(null).getSocketFactory());
    }

    @Override
    void get(String url, Reader reader) throws Exception {
        HttpsURLConnection connection = (HttpsURLConnection) URI.create(url).toURL().openConnection();
        connection.setSSLSocketFactory(sockets);
        try (InputStream body = connection.getInputStream()) {
            reader.read(body);
        }
    }
}
