package io.stepoll.internal.sys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Loads the shim, once: the file that the system property {@value #PATH_PROPERTY} names, else the jar's own copy for
 * this architecture. The copy is written to a fresh folder that only this user may enter, and deleted as soon as it is
 * mapped.
 */
public final class Shim {
    /** The absolute path of a shim to load instead of the jar's. */
    public static final String PATH_PROPERTY = "stepoll.library";

    static final String HELP = "; -D" + PATH_PROPERTY + "=/path/to/libstepoll.so names a shim to load instead";
    private static final int LONGEST_VERSION = 64;
    private static final int MOST_ATTEMPTS = 100;

    private static Throwable cause;
    private static volatile boolean loaded;

    private Shim() {}

    private static native int version(long address, int capacity);

    /**
     * Loads the shim if that was not done yet. May be called from any thread.
     *
     * @throws UnsatisfiedLinkError if the shim cannot be loaded, with the cause. If the file could not be written, or
     *     descriptors or memory had run out, the next call tries again; otherwise each later call throws the same.
     */
    public static synchronized void load() {
        if (loaded) {
            return;
        }
        Throwable known = cause;
        if (known == null) {
            try {
                loadOnce();
                loaded = true;
                return;
            } catch (UnsatisfiedLinkError | IOException e) {
                known = e;
                cause = mayPass(e) ? null : e;
            }
        }
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("stepoll's native library: " + known.getMessage());
        error.initCause(known);
        throw error;
    }

    /** Whether a later try may succeed. The texts are strerror(3)'s, in the message of the dynamic loader. */
    private static boolean mayPass(Throwable failed) {
        String words = String.valueOf(failed.getMessage());
        return failed instanceof IOException || words.contains("Too many open files")
                || words.contains("Cannot allocate memory");
    }

    /** Whether the shim is loaded. May be called from any thread. */
    public static boolean isLoaded() {
        return loaded;
    }

    private static void loadOnce() throws IOException {
        String path = System.getProperty(PATH_PROPERTY);
        if (path != null) {
            linkNamed(path);
        } else {
            loadFromJar();
        }
        checkVersion();
    }

    private static void linkNamed(String path) {
        String what = "the file of -D" + PATH_PROPERTY + "=" + path;
        Path file;
        try {
            file = Path.of(path);
        } catch (InvalidPathException e) {
            throw new UnsatisfiedLinkError(what + " is not a path: " + e.getMessage());
        }
        link(file, what);
    }

    private static void loadFromJar() throws IOException {
        String system = System.getProperty("os.name");
        String architecture = System.getProperty("os.arch");
        if (!system.equals("Linux")) {
            throw new UnsatisfiedLinkError("stepoll runs on Linux only, and this is " + system);
        }
        String resource = "/io/stepoll/native/" + architecture + "/libstepoll.so";
        try (InputStream library = Shim.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new UnsatisfiedLinkError("unsupported architecture: this jar has no shim for " + architecture
                        + " (no " + resource + " in it)" + HELP);
            }
            extractAndLink(library);
        }
    }

    /**
     * Makes the folder without {@link Files#createTempDirectory}, whose secure random number takes longer than all the
     * rest of the start. The name need not be secure: mkdir(2) makes a folder that did not exist, or fails.
     */
    private static Path privateFolder() throws IOException {
        String temporary = System.getProperty("java.io.tmpdir");
        try {
            for (int attempt = 1;; attempt++) {
                Path folder = Path.of(temporary, "stepoll-" + System.nanoTime());
                try {
                    return Files.createDirectory(folder,
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } catch (FileAlreadyExistsException e) {
                    if (attempt == MOST_ATTEMPTS) {
                        throw e;
                    }
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw unwritable("cannot make a folder in", temporary, e);
        }
    }

    private static IOException unwritable(String what, Object temporary, Exception failed) {
        return new IOException(what + " the temporary folder " + temporary + " (-Djava.io.tmpdir names it): " + failed
                + HELP, failed);
    }

    private static void extractAndLink(InputStream library) throws IOException {
        Path folder = privateFolder();
        Path file = folder.resolve("libstepoll.so");
        try {
            try (SeekableByteChannel out = Files.newByteChannel(file,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))) {
                library.transferTo(Channels.newOutputStream(out));
            } catch (IOException e) {
                throw unwritable("cannot write the native library into", folder.getParent(), e);
            }
            link(file, "the copy in the temporary folder " + folder.getParent());
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    @SuppressWarnings("restricted")
    private static void link(Path file, String what) {
        try {
            System.load(file.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            UnsatisfiedLinkError explained = new UnsatisfiedLinkError(what + " " + explain(file, e) + HELP);
            explained.initCause(e);
            throw explained;
        }
    }

    /** The message of the dynamic loader (dlopen(3)) in the user's terms, followed by the original. */
    private static String explain(Path file, UnsatisfiedLinkError error) {
        String words = String.valueOf(error.getMessage());
        String meaning;
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            meaning = "does not exist, or is not a readable file";
        } else if (words.contains("failed to map segment") || words.contains("Operation not permitted")) {
            meaning = "cannot be mapped as code: its file system is mounted noexec; name another folder with"
                    + " -Djava.io.tmpdir";
        } else if (words.contains("undefined symbol") || words.contains("symbol not found")
                || words.contains("version `")) {
            meaning = "needs a symbol that the C library of this system does not have";
        } else if (words.contains("wrong ELF class") || words.contains("invalid ELF header")
                || words.contains("file too short")
                || words.contains("Exec format")) {
            meaning = "is not a library for this architecture, " + System.getProperty("os.arch");
        } else {
            meaning = "cannot be loaded";
        }
        return meaning + " (" + words + ")";
    }

    private static void checkVersion() {
        String found;
        try (Scratch scratch = new Scratch(LONGEST_VERSION)) {
            found = scratch.text(version(scratch.address(), LONGEST_VERSION));
        } catch (UnsatisfiedLinkError e) {
            UnsatisfiedLinkError explained = new UnsatisfiedLinkError("missing symbol: the loaded library is not"
                    + " stepoll's shim (" + e.getMessage() + ")" + HELP);
            explained.initCause(e);
            throw explained;
        }
        if (!found.equals(Version.VERSION)) {
            throw new UnsatisfiedLinkError("the loaded shim has another version: " + found + "; the classes have "
                    + Version.VERSION + HELP);
        }
    }
}
