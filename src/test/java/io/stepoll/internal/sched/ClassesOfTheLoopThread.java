package io.stepoll.internal.sched;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * A child's main: a loop does a bit of everything, while JFR records which thread loads which class. Prints the classes
 * of the library that the loop's own thread has loaded once it ran. A class loader has locks inside.
 */
final class ClassesOfTheLoopThread {
    private ClassesOfTheLoopThread() {}

    public static void main(String[] arguments) throws Exception {
        Thread.currentThread().setName("the loop's thread");
        Path file = Files.createTempFile("class-loads", ".jfr");
        try (EventLoop loop = EventLoop.open(); Recording recording = new Recording()) {
            recording.enable("jdk.ClassLoad").withThreshold(Duration.ZERO).withStackTrace();
            recording.start();
            everything(loop);
            recording.stop();
            recording.dump(file);
        }
        List<String> loaded = loadedByTheLoop(file);
        Files.delete(file);
        System.out.println(loaded.isEmpty() ? "none" : loaded);
    }

    private static void everything(EventLoop loop) throws Exception {
        Listener listener = Listener.bind(loop, Addresses.parse("unix:@classes-" + System.nanoTime()));
        listener.descriptor().handle(descriptor -> serve(listener.tryAccept()), true, false);
        loop.callLater(Duration.ofMillis(1), () -> {});
        loop.callAtFixedRate(Duration.ZERO, Duration.ofMillis(1), () -> {});
        loop.asScheduledExecutor().execute(() -> {});
        Task<Void> task = loop.spawn(() -> {
            for (int i = 0; i < 10; i++) {
                try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress())) {
                    client.write(ByteBuffer.allocateDirect(64));
                    client.read(ByteBuffer.allocateDirect(64), Duration.ofSeconds(60));
                    loop.within(Duration.ofSeconds(60), () -> loop.sleep(Duration.ofMillis(1)));
                    loop.offload(() -> 1);
                    Thread.ofPlatform().start(() -> loop.callSoon(() -> {})).join();
                }
            }
            loop.stop();
        });
        loop.run();
        task.join();
        listener.close();
    }

    private static void serve(StreamSocket socket) throws IOException {
        if (socket != null) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(64);
            socket.descriptor().handle(descriptor -> {
                if (socket.tryRead(buffer.clear()) > 0) {
                    socket.tryWrite(buffer.flip());
                } else if (buffer.position() == 0) {
                    socket.close();
                }
            }, true, false);
        }
    }

    private static List<String> loadedByTheLoop(Path file) throws IOException {
        List<String> loaded = new ArrayList<>();
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
            if (!event.getEventType().getName().equals("jdk.ClassLoad")) {
                continue; // the loop's own events are in each recording
            }
            RecordedClass type = event.getClass("loadedClass");
            boolean isOurs = type.getName().startsWith("io.stepoll.")
                    && !type.getName().contains("/"); // a hidden class, of a lambda, has no loader to lock
            boolean inTheStep = event.getStackTrace() != null && event.getStackTrace().getFrames().stream()
                    .anyMatch(frame -> frame.getMethod().getType().getName().endsWith(".Reactor")
                            && frame.getMethod().getName().equals("step"));
            if (isOurs && inTheStep && !event.getThread().isVirtual()) {
                loaded.add(type.getName());
            }
        }
        return loaded;
    }
}
