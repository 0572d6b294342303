package io.stepoll;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The first task of the process is begun by a pinned loop, and with it the JDK's pollers and their carriers. Prints
 * where these may run, and where the main thread may.
 */
final class PinnedFirstLoop {
    private PinnedFirstLoop() {}

    /** Of a thread of this process. */
    private static String processors(Path thread) throws IOException {
        return Files.readAllLines(thread.resolve("status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow().split("\\s+")[1];
    }

    public static void main(String[] arguments) throws Exception {
        String free = processors(Path.of("/proc/thread-self"));
        try (LoopGroup group = LoopGroup.builder().loops(1).pinTo(Integer.parseInt(free.split("[-,]")[0])).open()) {
            CompletableFuture<Task<?>> begun = new CompletableFuture<>();
            group.loop(0).callSoon(() -> begun.complete(group.loop(0).spawn(() -> null)));
            begun.join().join();
        }
        List<String> carriers = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                try {
                    if (Files.readString(thread.resolve("comm")).startsWith("ForkJoinPool")) {
                        carriers.add(processors(thread));
                    }
                } catch (IOException e) {
                    if (Files.exists(thread)) {
                        throw e;
                    } // else it has ended meanwhile, as the loop's own does
                }
            }
        }
        System.out.println(!carriers.isEmpty() && carriers.stream().allMatch(free::equals) ? "free"
                : "carriers run on " + carriers + ", main on " + free);
    }
}
