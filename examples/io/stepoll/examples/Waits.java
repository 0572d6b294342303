package io.stepoll.examples;

import io.stepoll.ChildProcess;
import io.stepoll.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** What holds a loop when a task waits for it by the JDK's own ways, and how to wait for it instead. */
public final class Waits {
    private Waits() {}

    /** Waits for a process, a FIFO, a file lock, and the standard input, while another task counts. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("stepoll-waits");
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                try (var group = loop.<Void>openGroup()) {
                    group.spawn(() -> shout(loop));
                    group.spawn(() -> readFifo(loop, folder.resolve("fifo")));
                    group.spawn(() -> lock(loop, folder.resolve("locked")));
                    group.spawn(() -> readInput(loop));
                    group.join();
                }
                loop.stop();
            });
            loop.spawn(() -> tick(loop));
            loop.run();
        }
    }

    private static void tick(EventLoop loop) throws InterruptedException {
        while (true) {
            loop.sleep(Duration.ofMillis(1)); // not delayed by any of them
        }
    }

    private static void shout(EventLoop loop) throws IOException, InterruptedException {
        try (ChildProcess tr = loop.startProcess(new ProcessBuilder("tr", "a-z", "A-Z"))) {
            tr.input().write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            tr.input().close();
            ByteBuffer answer = ByteBuffer.allocate(100);
            while (tr.output().read(answer) >= 0) {
                // Until the end of what the process prints.
            }
            System.out.println("process: " + StandardCharsets.UTF_8.decode(answer.flip()));
            System.out.println("status: " + tr.awaitEnd());
        }
    }

    private static void readFifo(EventLoop loop, Path fifo) throws Exception {
        new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor();
        loop.spawn(() -> loop.offload(() -> Files.writeString(fifo, "from a FIFO")));
        System.out.println("fifo: " + loop.offload(() -> Files.readString(fifo))); // the opening waits for a writer
    }

    private static void lock(EventLoop loop, Path path) throws Exception {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = loop.offload(() -> file.lock())) {
            System.out.println("locked: " + lock.isValid());
        }
    }

    private static void readInput(EventLoop loop) throws Exception {
        System.out.println("input: " + loop.offload(() -> System.in.readAllBytes().length) + " bytes");
    }
}
