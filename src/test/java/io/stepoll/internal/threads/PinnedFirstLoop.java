package io.stepoll.internal.threads;

import io.stepoll.LoopGroup;
import io.stepoll.Task;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The main class of a child. A pinned loop starts the first task of the process. That starts the JDK's pollers and
 * their carrier threads, too, and these must not be pinned.
 */
public final class PinnedFirstLoop {
    /** What the names of the JDK's carriers have in common: from 26 on it takes out the middle of a long name. */
    private static final String CARRIER = "ForkJoi";

    private PinnedFirstLoop() {}

    /** The processors on which a thread of this process may run. */
    private static String processors(Path thread) throws IOException {
        return Files.readAllLines(thread.resolve("status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow().split("\\s+")[1];
    }

    /** Prints "free", or else on which processors the carriers and the main thread may run. */
    public static void main(String[] arguments) throws Exception {
        String free = processors(Path.of("/proc/thread-self"));
        try (LoopGroup group = LoopGroup.builder().loops(1).pinTo(Integer.parseInt(free.split("[-,]")[0])).open()) {
            CompletableFuture<Task<?>> begun = new CompletableFuture<>();
            group.loop(0).callSoon(() -> begun.complete(group.loop(0).spawn(() -> null)));
            begun.join().join();
        }
        List<String> carriers;
        do {
            carriers = carriers(); // a carrier has its name once it runs
        } while (carriers.isEmpty());
        System.out.println(carriers.stream().allMatch(free::equals) ? "free"
                : "carriers run on " + carriers + ", main on " + free);
    }

    /** On which processors the JDK's carriers may run, as far as they have begun. */
    private static List<String> carriers() throws IOException {
        List<String> carriers = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                try {
                    if (Files.readString(thread.resolve("comm")).startsWith(CARRIER)) {
                        carriers.add(processors(thread));
                    }
                } catch (IOException e) {
                    if (Files.exists(thread)) {
                        throw e;
                    } // else the thread has ended meanwhile, as the loop's thread does
                }
            }
        }
        return carriers;
    }
}
