package io.stepoll.support;

import io.stepoll.EventLoop;
import io.stepoll.internal.threads.PollerThreads;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.net.LoopServerSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(DescriptorLeaks.class);
    /** The tag of a class that is known to leave descriptors at times: docs/testing.md. They are printed only. */
    public static final String OPEN_DEFECT = "leaves-descriptors";

    private static final String BEFORE = "before";
    private static final int CHECKS = 1000;
    private static final long PAUSE_MILLIS = 10;

    /** The descriptors that were open at one time: their numbers, and the targets of their links in /proc. */
    public record Snapshot(TreeMap<Integer, String> open) {}

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        openPermanentDescriptors();
        context.getStore(HERE).put(BEFORE + context.getUniqueId(), open());
    }

    /**
     * Opens what is opened once and kept. By the JDK: the descriptors of its pollers, which start with the first task at
     * the latest, and the one socket by which it closes others. By the library: a loop for foreign threads.
     */
    private static void openPermanentDescriptors() throws Exception {
        EventLoop.open().close();
        PollerThreads.await();
        StartingClasses.await();
        new ServerSocket(0, 1, InetAddress.getLoopbackAddress()).close();
        beginLoopOfForeigners();
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

    /** Else JUnit may not find a test's folder, to delete it: docs/threads.md, "Paths on the loop's own thread". */
    @Override
    public void afterEach(ExtensionContext context) {
        Files.exists(Path.of("/"));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        Snapshot before = context.getStore(HERE).get(BEFORE + context.getUniqueId(), Snapshot.class);
        List<String> left = leftSince(before);
        if (!left.isEmpty() && context.getTags().contains(OPEN_DEFECT)) {
            System.err.println(context.getDisplayName() + ": descriptors left open: " + left + kernelsLines(left));
        } else if (!left.isEmpty()) {
            throw new AssertionError("descriptors left open: " + left + kernelsLines(left));
        }
    }

    /** What the kernel says of the sockets among them. */
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
