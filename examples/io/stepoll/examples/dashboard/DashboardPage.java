package io.stepoll.examples.dashboard;

import io.stepoll.examples.http.Content;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** The files of the page, read once. All are of this server: the browser loads nothing from elsewhere. */
final class DashboardPage {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            + "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private DashboardPage() {}

    /**
     * {@return what there is at which path}
     *
     * @throws IOException if a file is missing, for want of uPlot on the class path for instance
     */
    static Map<String, Content> files() throws IOException {
        return Map.of(
                "/", file("page.html", "text/html").with("Content-Security-Policy", POLICY),
                "/page.css", file("page.css", "text/css"),
                "/page.js", file("page.js", "text/javascript"),
                "/uplot.css", file(UPLOT + "uPlot.min.css", "text/css"),
                "/uplot.js", file(UPLOT + "uPlot.iife.min.js", "text/javascript"));
    }

    private static Content file(String name, String type) throws IOException {
        try (InputStream stream = DashboardPage.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IOException("the dashboard needs a file on the class path: " + name);
            }
            return Content.of(type + "; charset=utf-8", stream.readAllBytes())
                    .with("X-Content-Type-Options", "nosniff")
                    .with("Cache-Control", "no-cache");
        }
    }
}
