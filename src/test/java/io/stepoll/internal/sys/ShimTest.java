package io.stepoll.internal.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.Emulator;
import io.stepoll.support.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loads the native library in child JVMs: what the loader leaves behind, and how it describes each failure. */
@Timeout(120)
class ShimTest {
    /** The main class of a child that opens two loops, one after the other. */
    public static final class Opener {
        private Opener() {}

        /** Prints the outcome of each attempt in a line. */
        public static void main(String[] arguments) throws Exception {
            for (int i = 0; i < 2; i++) {
                try (EventLoop loop = EventLoop.open()) {
                    System.out.println("opened " + !loop.step(false).toString().isEmpty());
                } catch (UnsatisfiedLinkError e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    private static List<String> open(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Programs.java(), "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Opener.class.getName()));
        Process child = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<String> lines = child.inputReader().lines().toList();
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(2, lines.size(), () -> String.join("\n", lines));
        assertEquals(lines.getFirst(), lines.getLast(), "the second attempt says the same");
        return lines;
    }

    private static void says(List<String> lines, String... words) {
        for (String word : words) {
            assertTrue(lines.getFirst().contains(word), () -> "\"" + word + "\" in: " + lines.getFirst());
        }
    }

    private static Path shim() throws Exception {
        Path classes = Path.of(Shim.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        return classes.resolve("io/stepoll/native/" + System.getProperty("os.arch") + "/libstepoll.so");
    }

    @Test
    void extractsAndLeavesNothing(@TempDir Path folder) throws Exception {
        says(open("-Djava.io.tmpdir=" + folder), "opened true");
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.filter(file -> file.toString().contains("stepoll")).toList());
        }
    }

    @Test
    void loadsTheNamedFile() throws Exception {
        says(open("-Dstepoll.library=" + shim()), "opened true");
    }

    @Test
    void namedFileIsMissing(@TempDir Path folder) throws Exception {
        says(open("-Dstepoll.library=" + folder.resolve("no.so")), "no.so", "does not exist", "stepoll.library");
    }

    @Test
    void namedFileIsNoLibrary(@TempDir Path folder) throws Exception {
        Path text = Files.writeString(folder.resolve("text.so"), "no library at all, but long enough for a header....");
        says(open("-Dstepoll.library=" + text), "text.so", "is not a library for this architecture");
    }

    @Test
    void unsupportedArchitecture() throws Exception {
        says(open("-Dos.arch=pdp11"), "unsupported architecture", "pdp11");
    }

    @Test
    void anotherVersion(@TempDir Path folder) throws Exception {
        byte[] library = Files.readAllBytes(shim());
        byte[] version = Version.VERSION.getBytes();
        int replaced = 0;
        for (int at = 0; at + version.length <= library.length; at++) {
            if (startsWith(library, at, version)) {
                library[at] = '9';
                replaced++;
            }
        }
        assertNotEquals(0, replaced);
        Path other = Files.write(folder.resolve("other.so"), library);
        says(open("-Dstepoll.library=" + other),
                "another version", "9" + Version.VERSION.substring(1), Version.VERSION);
    }

    private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[at + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** The file is a library, but not the shim. */
    @Test
    void missingSymbol() throws Exception {
        Path other = Path.of(System.getProperty("java.home"), "lib", "libzip.so");
        Assumptions.assumeTrue(Files.exists(other), "this JDK has no " + other);
        says(open("-Dstepoll.library=" + other), "missing symbol", "not stepoll's shim");
    }

    /** The temporary folder is mounted noexec: /dev/shm if it is, else a folder that the test itself mounts. */
    @Test
    void noexecTemporaryFolder(@TempDir Path folder) throws Exception {
        Emulator.assumeNone("it maps code of a file system that is mounted noexec");
        Path mounted = Path.of("/dev/shm");
        boolean noexec = Files.exists(mounted) && Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .anyMatch(line -> line.contains(" /dev/shm ") && line.contains("noexec"));
        if (noexec) {
            Path own = Files.createTempDirectory(mounted, "stepoll-noexec");
            try {
                says(open("-Djava.io.tmpdir=" + own), "noexec", own.toString());
                try (Stream<Path> left = Files.list(own)) {
                    assertEquals(List.of(), left.toList());
                }
            } finally {
                Files.delete(own);
            }
        } else {
            noexecMountedHere(folder);
        }
    }

    private static void noexecMountedHere(Path folder) throws Exception {
        int status = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "noexec", "none", folder.toString())
                .redirectErrorStream(true).start().waitFor();
        Assumptions.assumeTrue(status == 0, "there is no noexec file system, and this process may not mount one");
        try {
            says(open("-Djava.io.tmpdir=" + folder), "noexec", folder.toString());
        } finally {
            assertEquals(0, new ProcessBuilder("umount", folder.toString()).start().waitFor());
        }
    }
}
