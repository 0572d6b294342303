package io.stepoll.bench.side;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * perf(1) on a process, attached before and counting only from {@link #enable} to {@link #disable}, each of which it
 * acknowledges, so that nothing else is counted.
 */
final class Perf implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int POLL_MILLIS = 2;

    private final Path directory;
    private final Process process;
    private final RandomAccessFile control;
    private final RandomAccessFile acknowledgements;

    private Perf(Path directory, List<String> command) throws IOException {
        this.directory = directory;
        Path controlPath = directory.resolve("control");
        Path acknowledgementPath = directory.resolve("acknowledgements");
        Children.run("mkfifo", controlPath.toString(), acknowledgementPath.toString());
        // For reading and writing, which does not wait for perf to open it, too: see fifo(7).
        control = new RandomAccessFile(controlPath.toFile(), "rw");
        acknowledgements = new RandomAccessFile(acknowledgementPath.toFile(), "rw");
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of("-D", "-1", "--control=fifo:" + controlPath + "," + acknowledgementPath,
                "-o", output().toString()));
        process = Children.start(new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile()));
    }

    /** The arguments are perf's; the control of it and its output are added. */
    static Perf start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("perf"));
        command.addAll(Arrays.asList(arguments));
        return new Perf(Files.createTempDirectory("stepoll-perf"), command);
    }

    /** Whether this machine has it, and lets it see system calls. */
    static boolean works() {
        try {
            return Children.output("perf", "stat", "-e", "raw_syscalls:sys_enter", "true") != null;
        } catch (IOException e) {
            return false; // there is none
        }
    }

    void enable() throws IOException {
        command("enable");
    }

    void disable() throws IOException {
        command("disable");
    }

    private void command(String name) throws IOException {
        FileOutputStream commands = new FileOutputStream(control.getFD());
        commands.write((name + "\n").getBytes());
        FileInputStream answers = new FileInputStream(acknowledgements.getFD());
        for (int waited = 0; answers.available() == 0; waited += POLL_MILLIS) {
            if (!process.isAlive() || waited > PATIENCE_MILLIS) {
                throw new IOException("perf does not " + name + ": " + Files.readString(directory.resolve("log")));
            }
            sleep();
        }
        answers.readNBytes(answers.available());
    }

    private static void sleep() throws IOException {
        try {
            Thread.sleep(POLL_MILLIS); // between two looks, with a limit: no wait for a file of perf's has one
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Ends it, and returns where its output is, until it is closed. */
    Path finish() throws IOException {
        Children.signal(process, "INT");
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output();
    }

    private Path output() {
        return directory.resolve("output");
    }

    @Override
    public void close() throws IOException {
        Children.end(process);
        control.close();
        acknowledgements.close();
        for (String name : List.of("control", "acknowledgements", "output", "log")) {
            Files.deleteIfExists(directory.resolve(name));
        }
        Files.deleteIfExists(directory);
    }
}
