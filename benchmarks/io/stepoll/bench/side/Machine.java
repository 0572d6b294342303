package io.stepoll.bench.side;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The machine, the JVM and the commit that the figures belong to. */
record Machine(String processor, int processors, String kernel, String jvm, String commit, String loadAverage,
        String when) {
    static Machine here() throws IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .findFirst()
                .orElse(System.getProperty("os.arch"));
        return new Machine(model, Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                describeCommit(), Files.readString(Path.of("/proc/loadavg")).strip(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    private static String describeCommit() throws IOException {
        try {
            String commit = Children.output("git", "describe", "--always", "--dirty");
            return commit == null ? "unknown" : commit.strip();
        } catch (IOException e) {
            return "unknown"; // no git
        }
    }
}
