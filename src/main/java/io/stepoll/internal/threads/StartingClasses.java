package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Log;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.ZoneId;
import java.util.Objects;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * Loads the library's classes when the first loop opens, on a thread of its own, if the classes lie in a folder. The
 * JDK opens a descriptor for each class that it loads from a folder, and remembers a failure: a class that is first
 * used while the process has no descriptor left would be broken for ever. A jar stays open, so its classes need no
 * descriptor.
 *
 * <p>For the same reason the thread begins what the JDK opens files for at the first task or log record: its pollers,
 * the providers of logs in all jars of the class path (a jar that it cannot open then, it never opens again), and the
 * time zones, without which it writes no log record.
 */
public final class StartingClasses extends Thread {
    private static final String SUFFIX = ".class";
    private static final int PARTS = 7;
    private static final AtomicReference<StartingClasses> BEGUN = new AtomicReference<>();

    private final Runnable last;

    private StartingClasses(Runnable last) {
        super("stepoll-classes");
        this.last = last;
        setDaemon(true);
    }

    /**
     * Begins to load the classes, at the first call, and does not wait for them. May be called from any thread.
     *
     * @param last a part of another room's, which comes behind the others
     */
    public static void beginBeside(Runnable last) {
        if (BEGUN.get() != null) {
            return;
        }
        StartingClasses loading = new StartingClasses(last);
        if (BEGUN.compareAndSet(null, loading)) {
            try {
                loading.start();
            } catch (OutOfMemoryError noThread) {
                // The classes are loaded as they are used.
            }
        }
    }

    /** Begins to load the classes, if that was not done, and waits until they are loaded. For tests. */
    public static void await() throws InterruptedException {
        beginBeside(() -> {});
        BEGUN.get().join();
    }

    @Override
    public void run() {
        for (int part = 0; part < PARTS; part++) {
            try {
                begin(part);
            } catch (Throwable failed) {
                // Whoever uses that part later gets its failure.
            }
        }
    }

    /** By a switch: a list of lambdas costs the start a class for each of them. */
    private void begin(int part) throws Exception {
        switch (part) {
            case 0 -> Affinity.unpin();
            case 1 -> PollerThreads.await();
            case 2 -> loadOurs();
            case 3 -> Log.logger().isLoggable(System.Logger.Level.ERROR);
            case 4 -> TimeZone.getDefault();
            case 5 -> Objects.requireNonNull(ZoneId.systemDefault().getRules());
            default -> last.run();
        }
    }

    private static void loadOurs() throws Exception {
        CodeSource source = StartingClasses.class.getProtectionDomain().getCodeSource();
        if (source != null && source.getLocation() != null) {
            loadFrom(source.getLocation().toURI());
        }
    }

    private static void loadFrom(URI place) throws Exception {
        if (!"file".equals(place.getScheme())) {
            return;
        }
        Path folder = Path.of(place);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder.resolve("io", "stepoll"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = folder.relativize(file).toString().replace('/', '.');
                if (name.endsWith(SUFFIX) && !name.endsWith("-info" + SUFFIX)) {
                    load(name.substring(0, name.length() - SUFFIX.length()));
                }
            }
        }
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, StartingClasses.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError missing) {
            // It needs a module that this JVM lacks, perhaps. The others are loaded all the same.
        }
    }
}
