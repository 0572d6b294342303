package io.stepoll;

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
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves more descriptors behind than it found; registered for all classes by
 * META-INF/services. Only what leads to a socket, a pipe or an anonymous inode (epoll, eventfd) counts: files are the
 * JVM's business, which opens jars when it likes. Some are closed late, by threads that end after their test, so what
 * is over is waited for.
 */
public final class DescriptorLeaks implements BeforeAllCallback, AfterAllCallback {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(DescriptorLeaks.class);
    private static final String BEFORE = "before";
    private static final int LOOKS = 1000;
    private static final long PAUSE_MILLIS = 10;

    /** What was open at a time: each descriptor's number, and where it led to. */
    record Snapshot(TreeMap<Integer, String> open) {}

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        openWhatStays();
        context.getStore(HERE).put(BEFORE + context.getUniqueId(), open());
    }

    /** The JDK's pollers, which the first task begins at the latest, and its one socket for closing others. */
    private static void openWhatStays() throws IOException {
        EventLoop.open().close();
        PollerThreads.await();
        new ServerSocket(0, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        Snapshot before = context.getStore(HERE).get(BEFORE + context.getUniqueId(), Snapshot.class);
        List<String> left = leftSince(before);
        if (!left.isEmpty()) {
            throw new AssertionError("descriptors left open: " + left);
        }
    }

    /** What is open now. */
    static Snapshot open() throws IOException {
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
            return ""; // closed since it was listed
        }
    }

    /** What is open and was not then, each as number and target; a reasonable time is waited for it to be closed. */
    static List<String> leftSince(Snapshot before) throws IOException, InterruptedException {
        List<String> left = difference(before);
        for (int i = 0; i < LOOKS && !left.isEmpty(); i++) {
            Thread.sleep(PAUSE_MILLIS); // nothing tells when another thread closes one: looked for, with a limit
            left = difference(before);
        }
        return left;
    }

    static List<String> difference(Snapshot before) throws IOException {
        List<String> left = new ArrayList<>();
        open().open.forEach((number, target) -> {
            if (!target.equals(before.open.get(number))) {
                left.add(number + " " + target);
            }
        });
        return left;
    }
}
