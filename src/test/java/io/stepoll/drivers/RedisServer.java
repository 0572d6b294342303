package io.stepoll.drivers;

import io.stepoll.support.CertificateFiles;
import io.stepoll.support.FreePorts;
import io.stepoll.support.Programs;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis that keeps nothing. */
public final class RedisServer extends StartedServer {
    private static final int TIMEOUT_MILLIS = 60_000;

    /** Where it speaks TLS; 0 without TLS. */
    final int tlsPort;

    /** @param certificates what the server shows; null for one without TLS */
    private RedisServer(CertificateFiles certificates) throws Exception {
        super("redis");
        List<String> command = new ArrayList<>(List.of("redis-server", "--port", String.valueOf(port), "--bind",
                "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder.toString()));
        tlsPort = certificates == null ? 0 : FreePorts.next();
        if (certificates != null) {
            command.addAll(List.of("--tls-port", String.valueOf(tlsPort), "--tls-auth-clients", "no",
                    "--tls-cert-file", certificates.certificate().toString(), "--tls-key-file",
                    certificates.key().toString(), "--tls-ca-cert-file", certificates.authority().toString()));
        }
        start(command);
    }

    /** Starts a server. */
    public static RedisServer start() throws Exception {
        return new RedisServer(null);
    }

    /** Starts a server that speaks TLS as well, on a port of its own. */
    static RedisServer start(CertificateFiles certificates) throws Exception {
        return new RedisServer(certificates);
    }

    /** Names what is missing here; null for nothing. */
    public static String missing() {
        return Programs.has("redis-server") ? null : "redis-server on the PATH";
    }

    Jedis connect() {
        return new Jedis("127.0.0.1", port, TIMEOUT_MILLIS);
    }

    @Override
    boolean answers() {
        try (Jedis jedis = connect()) {
            return jedis.ping().equals("PONG");
        } catch (JedisException e) {
            return false;
        }
    }

    /** Whether a client waits for an entry of a list. */
    boolean isBlocking() {
        try (Jedis jedis = connect()) {
            return jedis.info("clients").contains("blocked_clients:1");
        }
    }
}
