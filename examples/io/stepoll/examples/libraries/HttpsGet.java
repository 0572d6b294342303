package io.stepoll.examples.libraries;

import io.stepoll.EventLoop;
import io.stepoll.net.HttpsConnectionSocketFactory;
import io.stepoll.net.LoopSocketFactory;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/** The JDK's HttpsURLConnection in a task. */
public final class HttpsGet {
    private HttpsGet() {}

    /** Gets what is at a URL of https. */
    public static void main(String[] arguments) throws Exception {
        HttpsConnectionSocketFactory sockets = new HttpsConnectionSocketFactory(new LoopSocketFactory(),
                SSLContext.getDefault().getSocketFactory());
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                var connection = (HttpsURLConnection) URI.create(arguments[0]).toURL().openConnection();
                connection.setSSLSocketFactory(sockets);
                try (InputStream body = connection.getInputStream()) {
                    System.out.println(connection.getResponseCode() + " "
                            + new String(body.readAllBytes(), StandardCharsets.UTF_8));
                }
                connection.disconnect();
            });
            loop.runUntilDone();
        }
    }
}
