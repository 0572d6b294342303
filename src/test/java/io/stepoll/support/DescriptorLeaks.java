package io.stepoll.support;

import io.stepoll.EventLoop;
import io.stepoll.internal.threads.PollerThreads;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.net.LoopServerSocketFactory;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves descriptors open that were not open before it. META-INF/services registers this
 * extension for all classes. Only sockets, pipes and anonymous inodes (epoll, eventfd) count: the JVM opens files, its
 * jars, whenever it likes. Some threads end after their test and close their descriptors then, so the check waits for
 * that.
 */
public final class DescriptorLeaks implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    /** How often the collector is asked at most, for what another thread may have opened meanwhile. */
    private static final int MOST_COLLECTIONS = 20;

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(DescriptorLeaks.class);
    private static final String BEFORE = "before";
    private static final int CHECKS = 1000;
    private static final long PAUSE_MILLIS = 10;

    /** The descriptors that were open at one time: their numbers, and the targets of their links in /proc. */
    public record Snapshot(TreeMap<Integer, String> open) {}

    /** What a test class began with, and after which test each further descriptor was first seen. */
    private record Watched(Snapshot before, Map<String, String> firstSeen) {}

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        openPermanentDescriptors();
        context.getStore(HERE).put(BEFORE, new Watched(open(), new TreeMap<>()));
    }

    /**
     * Opens what is opened once and kept. By the JDK: the descriptors of its pollers, which start with the first task
     * at the latest, and the one socket by which it closes others. By the library: a loop for foreign threads. The JDK
     * also opens three sockets that it leaves to the garbage collector.
     */
    static void openPermanentDescriptors() throws Exception {
        EventLoop.open().close();
        PollerThreads.await();
        StartingClasses.await();
        new ServerSocket(0, 1, InetAddress.getLoopbackAddress()).close();
        askForOptions();
        beginLoopOfForeigners();
    }

    /**
     * As Apache's client does. The class is to be removed from the JDK. What it has opened goes now: a collection in
     * the middle of a test would take it from the descriptors that the test counts.
     */
    private static void askForOptions() throws Exception {
        int before = count();
        try {
            Class.forName("jdk.net.Sockets");
        } catch (ClassNotFoundException e) {
            // Then nobody can ask by it.
        }
        for (int i = 0; i < MOST_COLLECTIONS && count() > before; i++) {
            System.gc();
            Thread.sleep(1);
        }
    }

    private static int count() {
        return new File("/proc/self/fd").list().length;
    }

    /** The loop by which virtual threads wait that no loop carries. It begins with the first such wait. */
    private static void beginLoopOfForeigners() throws Exception {
        ServerSocket server = new LoopServerSocketFactory().createServerSocket(0);
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                server.accept();
            } catch (IOException e) {
                // It is closed.
            }
        });
        Looks.until(() -> Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("stepoll-sockets")));
        server.close();
        waiting.join();
    }

    /**
     * Looks which descriptors this test has opened and not closed. It asks for a path as well: else JUnit may not find
     * a test's folder, to delete it (docs/threads.md, "Paths on the loop's own thread").
     */
    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        Files.exists(Path.of("/"));
        Watched watched = context.getStore(HERE).get(BEFORE, Watched.class);
        for (String descriptor : difference(watched.before)) {
            watched.firstSeen.putIfAbsent(descriptor,
                    context.getRequiredTestMethod().getName() + " " + context.getDisplayName());
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        Watched watched = context.getStore(HERE).get(BEFORE, Watched.class);
        List<String> left = leftSince(watched.before);
        if (!left.isEmpty()) {
            StringBuilder message = new StringBuilder("descriptors left open: " + left);
            for (String descriptor : left) {
                message.append('\n').append(descriptor).append(", first seen after ")
                        .append(watched.firstSeen.getOrDefault(descriptor, "the last test")).append(flags(descriptor));
            }
            throw new AssertionError(message + kernelsLines(left));
        }
    }

    /**
     * Its status flags, in octal. Those of the library have 02000000, close-on-exec, and the JDK's sockets have not.
     */
    private static String flags(String descriptor) throws IOException {
        Path info = Path.of("/proc/self/fdinfo", descriptor.substring(0, descriptor.indexOf(' ')));
        try {
            return Files.readAllLines(info).stream().filter(line -> line.startsWith("flags:")).findFirst()
                    .map(line -> ", " + line.replace('\t', ' ')).orElse("");
        } catch (NoSuchFileException e) {
            return ", closed by now";
        }
    }

    /** What the kernel says of the sockets among them. Its tables do not show a TCP socket that is not connected. */
    private static String kernelsLines(List<String> left) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6", "unix")) {
            for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
                for (String descriptor : left) {
                    int inode = descriptor.indexOf("socket:[");
                    if (inode >= 0 && line.contains(" " + descriptor.substring(inode + 8, descriptor.length() - 1))) {
                        lines.append('\n').append(table).append(": ").append(line.strip());
                    }
                }
            }
        }
        return lines.toString();
    }

    /** The descriptors that are open now. */
    public static Snapshot open() throws IOException {
        TreeMap<Integer, String> open = new TreeMap<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : all) {
                String target = target(descriptor);
                if (target.startsWith("socket:") || target.startsWith("pipe:") || target.startsWith("anon_inode:")) {
                    open.put(Integer.valueOf(descriptor.getFileName().toString()), target);
                }
            }
        }
        return new Snapshot(open);
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed since the folder was listed
        }
    }

    /** As {@link #difference}, but waits up to 10 s for the difference to be gone. */
    public static List<String> leftSince(Snapshot before) throws IOException, InterruptedException {
        List<String> left = difference(before);
        for (int i = 0; i < CHECKS && !left.isEmpty(); i++) {
            Thread.sleep(PAUSE_MILLIS); // another thread's close gives no notice
            left = difference(before);
        }
        return left;
    }

    /** The descriptors that are open now and were not then, each as its number and its target. */
    public static List<String> difference(Snapshot before) throws IOException {
        List<String> left = new ArrayList<>();
        open().open.forEach((number, target) -> {
            if (!target.equals(before.open.get(number))) {
                left.add(number + " " + target);
            }
        });
        return left;
    }
}
