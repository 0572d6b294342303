package io.stepoll.examples.libraries;

import io.stepoll.EventLoop;
import io.stepoll.net.LoopSocketFactory;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/** okhttp in a task. */
public final class OkHttpGet {
    private OkHttpGet() {}

    /** Gets what is at a URL. */
    public static void main(String[] arguments) throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .socketFactory(new LoopSocketFactory())
                .protocols(List.of(Protocol.HTTP_1_1)) // over HTTP/2 another thread reads for the task
                .build();
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                Request request = new Request.Builder().url(arguments[0]).build();
                try (Response response = client.newCall(request).execute()) {
                    System.out.println(response.code() + " " + response.body().string());
                }
            });
            loop.runUntilDone();
        }
        client.connectionPool().evictAll();
    }
}
