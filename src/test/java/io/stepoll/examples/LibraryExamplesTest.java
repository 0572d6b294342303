package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.drivers.NginxServer;
import io.stepoll.drivers.PostgresServer;
import io.stepoll.drivers.RedisServer;
import io.stepoll.drivers.Servers;
import io.stepoll.support.Certificates;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the programs of docs/libraries.md, in this JVM, with servers that the test starts. */
@Timeout(120)
class LibraryExamplesTest {
    private static final String ANSWER = "200 " + NginxServer.ANSWER;

    private static Servers servers;
    private static SSLContext former;

    /** The programs trust whom the JVM trusts. */
    @BeforeAll
    static void trust() throws Exception {
        former = SSLContext.getDefault();
        servers = new Servers();
        SSLContext.setDefault(Certificates.LOCAL.context(null));
    }

    @AfterAll
    static void endServers() throws Exception {
        SSLContext.setDefault(former);
        servers.end();
    }

    private static void needs(String missing) {
        assumeTrue(missing == null, () -> "this needs " + missing);
    }

    private static void prints(List<String> lines, String program, String... arguments) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream printed = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(printed);
            Class.forName("io.stepoll.examples.libraries." + program).getMethod("main", String[].class)
                    .invoke(null, (Object) arguments);
        } finally {
            System.setOut(out);
        }
        assertEquals(lines, bytes.toString(StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void jdbc() throws Exception {
        needs(PostgresServer.missing());
        prints(List.of("answers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "too late: true"), "Jdbc",
                servers.postgres().url() + "&sslmode=verify-full&sslrootcert=" + servers.certificates().authority());
    }

    @Test
    void redis() throws Exception {
        needs(RedisServer.missing());
        prints(List.of("counted to 10"), "Redis", String.valueOf(servers.redis().port));
    }

    @Test
    void http() throws Exception {
        needs(NginxServer.missing());
        prints(List.of(ANSWER), "OkHttpGet", servers.nginx().quick(false));
        prints(List.of(ANSWER), "ApacheGet", servers.nginx().quick(false));
        prints(List.of(ANSWER), "HttpsGet", servers.nginx().quick(true));
    }

    @Test
    void mail() throws Exception {
        needs(null);
        prints(List.of("sent"), "SendMail", String.valueOf(servers.mail().port()));
        assertEquals(1, servers.mail().received());
    }
}
