package io.stepoll.drivers;

import jakarta.mail.MessagingException;
import java.io.IOException;
import java.sql.SQLException;
import redis.clients.jedis.exceptions.JedisException;

/** The libraries of others that run in tasks, over the loop's sockets. */
enum Library {
    PGJDBC(SQLException.class, 50) {
        @Override
        String missing() throws IOException {
            return PostgresServer.missing();
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new PgjdbcClient(servers, tls);
        }
    },
    HIKARI(SQLException.class, 10) {
        @Override
        String missing() throws IOException {
            return PostgresServer.missing();
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new HikariClient(servers, tls, connections);
        }
    },
    JEDIS(JedisException.class, 10) {
        @Override
        String missing() {
            return RedisServer.missing();
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new JedisClient(servers, tls, connections);
        }
    },
    OKHTTP(IOException.class, 50) {
        @Override
        String missing() {
            return NginxServer.missing();
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new OkHttp(servers, tls, connections);
        }
    },
    APACHE(IOException.class, 10) {
        @Override
        String missing() {
            return NginxServer.missing();
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new ApacheClient(servers, tls, connections);
        }
    },
    URL_CONNECTION(IOException.class, 50) {
        @Override
        String missing() {
            return NginxServer.missing();
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new UrlConnectionClient(servers);
        }
    },
    MAIL(MessagingException.class, 50) {
        @Override
        String missing() {
            return null;
        }

        @Override
        LibraryClient open(Servers servers, boolean tls, int connections) throws Exception {
            return new MailClient(servers, tls);
        }
    };

    /** What the library throws, whatever ends its wait. */
    final Class<? extends Exception> failure;

    /** How many connections it has under load, of 50 tasks. */
    final int connectionsUnderLoad;

    Library(Class<? extends Exception> failure, int connectionsUnderLoad) {
        this.failure = failure;
        this.connectionsUnderLoad = connectionsUnderLoad;
    }

    /** Names what is missing here for the library; null for nothing. */
    abstract String missing() throws IOException;

    /**
     * Sets the library up.
     *
     * @param connections how many a pool of it may have
     */
    abstract LibraryClient open(Servers servers, boolean tls, int connections) throws Exception;

    /** Whether the library has a factory for that: HttpURLConnection takes none for plain HTTP. */
    final boolean has(boolean tls) {
        return tls || this != URL_CONNECTION;
    }

    /** Whether the library's pool has a limit, at which borrowers wait. */
    final boolean hasPool() {
        return this == HIKARI || this == JEDIS || this == APACHE;
    }
}
