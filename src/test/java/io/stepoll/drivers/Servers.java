package io.stepoll.drivers;

import io.stepoll.support.CertificateFiles;

/**
 * The servers of a test class, each started when it is first asked for. All have the same certificate. Any thread may
 * ask for Redis and nginx: while another thread starts one of them anew, the asking thread waits for the new one. A
 * pool asks at once when its connection breaks.
 */
public final class Servers {
    private final CertificateFiles certificates = new CertificateFiles();
    private PostgresServer postgres;
    private RedisServer redis;
    private NginxServer nginx;
    private MailServer mail;

    /** No server runs yet. */
    public Servers() throws Exception {}

    /** What the servers show, and the clients trust. */
    public CertificateFiles certificates() {
        return certificates;
    }

    /** PostgreSQL, on one port, plain and over TLS. */
    public PostgresServer postgres() throws Exception {
        if (postgres == null) {
            postgres = PostgresServer.start(certificates);
        }
        return postgres;
    }

    /** Redis, plain and over TLS. */
    public synchronized RedisServer redis() throws Exception {
        if (redis == null) {
            redis = RedisServer.start(certificates);
        }
        return redis;
    }

    synchronized void restartRedis() throws Exception {
        redis.kill();
        redis.end();
        redis = null; // in case the new one does not start
        redis = RedisServer.start(certificates);
    }

    /** nginx, plain and over TLS. */
    public synchronized NginxServer nginx() throws Exception {
        if (nginx == null) {
            nginx = NginxServer.start(certificates);
        }
        return nginx;
    }

    synchronized void restartNginx() throws Exception {
        nginx.kill();
        nginx.end();
        nginx = null; // in case the new one does not start
        nginx = NginxServer.start(certificates);
    }

    /** A mail server of the test's own. */
    public MailServer mail() throws Exception {
        if (mail == null) {
            mail = MailServer.start();
        }
        return mail;
    }

    /** Ends what the last test has left to the servers. A query that nobody waits for sleeps on. */
    void endClients() throws Exception {
        if (postgres != null) {
            postgres.endClients();
        }
    }

    /** Ends all servers. */
    public void end() throws Exception {
        for (StartedServer server : new StartedServer[] {postgres, redis, nginx}) {
            if (server != null) {
                server.end();
            }
        }
        if (mail != null) {
            mail.close();
        }
        certificates.close();
    }
}
