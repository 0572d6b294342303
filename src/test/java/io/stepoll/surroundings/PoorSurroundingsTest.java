package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.Emulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Limits at their lowest, no language, and a /tmp that takes nothing. */
@Timeout(240)
class PoorSurroundingsTest {
    private static String run(List<String> options, Consumer<ProcessBuilder> surroundings) throws Exception {
        // A shim by its path, of the sanitizers for instance, would not be unpacked.
        return ChildJvm.runWell(options, child -> {
            List<String> command = new ArrayList<>(child.command());
            command.removeIf(word -> word.startsWith("-Dstepoll.library=") && !options.contains(word));
            child.command(command);
            surroundings.accept(child);
        }, Poor.class).strip();
    }

    private static void says(String output, String... words) {
        for (String word : words) {
            assertTrue(output.contains(word), () -> word + " in: " + output);
        }
    }

    private static Path shim() throws Exception {
        Path classes = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        return classes.resolve("io/stepoll/native/" + System.getProperty("os.arch") + "/libstepoll.so");
    }

    /** Small stacks, few descriptors, no locked memory, no core, and a JVM without what it can do without. */
    @Test
    void limits() throws Exception {
        says(run(List.of("-XX:-MaxFDLimit", "-XX:-UsePerfData", "-Xss180k"),
                child -> Limits.set(child, "ulimit -s 256 && ulimit -n 64 && ulimit -c 0 && ulimit -l 0")), "served");
    }

    /** No file may be written. The shim cannot be unpacked then, and the message says what to do. */
    @Test
    void noFileMayBeWritten() throws Exception {
        says(run(List.of("-XX:-UsePerfData"), child -> {
            Limits.set(child, "ulimit -f 0");
            pipe(child);
        }), "stepoll's native library: ", "stepoll.library");
        says(run(List.of("-XX:-UsePerfData", "-Dstepoll.library=" + shim()), child -> {
            Limits.set(child, "ulimit -f 0");
            pipe(child);
        }), "served");
    }

    /** The limit is for files: a pipe takes what the child says, and a cat without a limit writes it to the file. */
    private static void pipe(ProcessBuilder child) {
        List<String> piped = new ArrayList<>(List.of("/bin/sh", "-c", "\"$@\" | cat", "sh"));
        piped.addAll(child.command());
        child.command(piped);
    }

    /** Without LANG names of files are ASCII to the JVM. */
    @Test
    void noLanguage() throws Exception {
        says(run(List.of(), Limits::noLanguage), "served");
    }

    /** Nor does the JVM understand the name of such a folder then. */
    @Test
    void noLanguageForTheTemporaryFolder() throws Exception {
        says(run(List.of("-Djava.io.tmpdir=/tmp/\u00e9"), Limits::noLanguage),
                "stepoll's native library: cannot make a folder in the temporary folder", "-Djava.io.tmpdir",
                "-Dstepoll.library=");
    }

    /** A folder that takes nothing: read-only, or another user's, or none. */
    @Test
    void folderThatTakesNothing(@TempDir Path folder) throws Exception {
        Path none = folder.resolve("none");
        says(run(List.of("-Djava.io.tmpdir=" + none), child -> {}), "cannot make a folder", none.toString(),
                "-Djava.io.tmpdir", "-Dstepoll.library=");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assumeTrue(!Files.isWritable(folder), "this user may write everywhere");
            says(run(List.of("-Djava.io.tmpdir=" + folder), child -> {}), "cannot make a folder", folder.toString());
        } finally {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    /** The temporary folder is mounted read-only, where this process may mount. */
    @Test
    void mountedReadOnly(@TempDir Path folder) throws Exception {
        assumeTrue(mayMount(), "this process may not mount anything: no unshare -m");
        String readOnly = "mount -t tmpfs -o ro none " + folder;
        says(run(List.of("-Djava.io.tmpdir=" + folder), child -> inMounts(child, readOnly)),
                "cannot make a folder in the temporary folder " + folder, "Read-only", "-Djava.io.tmpdir");
        says(run(List.of("-Djava.io.tmpdir=" + folder, "-Dstepoll.library=" + shim()),
                child -> inMounts(child, readOnly)), "served");
        assertEmpty(folder);
    }

    /** The temporary folder is mounted noexec, where this process may mount. */
    @Test
    void mountedNoexec(@TempDir Path folder) throws Exception {
        Emulator.assumeNone("it maps code of a file system that is mounted noexec");
        assumeTrue(mayMount(), "this process may not mount anything: no unshare -m");
        says(run(List.of("-Djava.io.tmpdir=" + folder), child -> inMounts(child,
                "mount -t tmpfs -o noexec none " + folder)), "noexec", "-Djava.io.tmpdir");
        assertEmpty(folder);
    }

    private static void assertEmpty(Path folder) throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertTrue(left.findAny().isEmpty());
        }
    }

    private static boolean mayMount() throws IOException, InterruptedException {
        Process tried = new ProcessBuilder("unshare", "-m", "true").redirectErrorStream(true).start();
        return tried.waitFor(60, TimeUnit.SECONDS) && tried.exitValue() == 0;
    }

    private static void inMounts(ProcessBuilder child, String mount) {
        Limits.set(child, mount);
        child.command().addAll(0, List.of("unshare", "-m"));
    }
}
