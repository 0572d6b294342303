package io.stepoll.drivers;

import io.stepoll.support.CertificateFiles;
import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** PostgreSQL, with a new database. It refuses to run as root, so root starts it as another user. */
public final class PostgresServer extends StartedServer {
    private static final String ROOT = "root";

    /** @param certificates what the server shows; null for one without TLS */
    private PostgresServer(CertificateFiles certificates) throws Exception {
        super("postgres");
        List<String> as = new ArrayList<>();
        if (isRoot()) {
            Files.setOwner(folder, user());
            String user = user().getName();
            as.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + (user.equals("nobody") ? "nogroup" : user),
                    "--clear-groups"));
        }
        Path data = folder.resolve("data");
        run(with(as, programs().resolve("initdb").toString(), "-D", data.toString(), "-U", "stepoll", "-A", "trust",
                "-E", "UTF8", "--no-sync"));
        List<String> command = new ArrayList<>(with(as, programs().resolve("postgres").toString(), "-D",
                data.toString(), "-p", String.valueOf(port), "-k", folder.toString(), "-c",
                "listen_addresses=127.0.0.1", "-c", "fsync=off"));
        if (certificates != null) {
            command.addAll(List.of("-c", "ssl=on", "-c", "ssl_cert_file=" + copy(certificates.certificate()), "-c",
                    "ssl_key_file=" + copy(certificates.key())));
        }
        start(command);
    }

    /** The server must own its key, and nobody else may read it. */
    private Path copy(Path file) throws IOException {
        Path copy = Files.copy(file, folder.resolve(file.getFileName()));
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-------"));
        if (isRoot()) {
            Files.setOwner(copy, user());
        }
        return copy;
    }

    private static List<String> with(List<String> as, String... command) {
        return Stream.concat(as.stream(), Stream.of(command)).toList();
    }

    /** Starts a server. */
    public static PostgresServer start() throws Exception {
        return new PostgresServer(null);
    }

    /** Starts a server that speaks TLS as well, on the same port. */
    static PostgresServer start(CertificateFiles certificates) throws Exception {
        return new PostgresServer(certificates);
    }

    /** Names what is missing here; null for nothing. */
    public static String missing() throws IOException {
        if (programs() == null) {
            return "PostgreSQL: initdb and postgres are neither on the PATH nor in /usr/lib/postgresql";
        }
        if (isRoot() && (!Programs.has("setpriv") || user() == null)) {
            return "setpriv and the user postgres or nobody: PostgreSQL does not run as root";
        }
        return null;
    }

    private static Path programs() throws IOException {
        List<Path> folders = new ArrayList<>();
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            folders.add(Path.of(folder));
        }
        Path debian = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(debian)) {
            try (Stream<Path> versions = Files.list(debian)) {
                versions.map(version -> version.resolve("bin")).forEach(folders::add);
            }
        }
        return folders.stream().filter(folder -> Files.isExecutable(folder.resolve("initdb"))
                && Files.isExecutable(folder.resolve("postgres"))).findFirst().orElse(null);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals(ROOT);
    }

    private static UserPrincipal user() throws IOException {
        for (String name : List.of("postgres", "nobody")) {
            try {
                return FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
            } catch (UserPrincipalNotFoundException e) {
                // The next one.
            }
        }
        return null;
    }

    /** The URL for JDBC, of the user that may do all. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=stepoll";
    }

    @Override
    boolean answers() {
        try {
            DriverManager.getConnection(url()).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** Whether a client waits for the answer to pg_sleep. */
    boolean isSleeping() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select 1 from pg_stat_activity where wait_event = 'PgSleep'")) {
            return rows.next();
        }
    }

    /**
     * Kills the processes that serve clients in pg_sleep. The server then ends all its clients, and starts anew. Before
     * it has ended them it still accepts new ones, so this waits for the end of a client of its own.
     */
    void killSleeping() throws Exception {
        try (Connection connection = DriverManager.getConnection(url())) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(
                            "select pid from pg_stat_activity where wait_event = 'PgSleep'")) {
                while (rows.next()) {
                    Programs.end(Programs.start("kill", "-KILL", rows.getString(1)));
                }
            }
            Looks.until(() -> !connection.isValid(0));
        }
    }

    /** Ends all clients but the one that asks. */
    void endClients() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                    + " where backend_type = 'client backend' and pid <> pg_backend_pid()");
        }
    }
}
