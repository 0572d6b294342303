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
 * perf(1), attached to a process. It counts only between {@link #enable} and {@link #disable}. Both wait until perf
 * acknowledges them, so that nothing else is counted.
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
        // Opened for reading and writing, which does not wait until perf opens the other end: see fifo(7).
        control = new RandomAccessFile(controlPath.toFile(), "rw");
        acknowledgements = new RandomAccessFile(acknowledgementPath.toFile(), "rw");
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of("-D", "-1", "--control=fifo:" + controlPath + "," + acknowledgementPath,
                "-o", output().toString()));
        process = Children.start(new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile()));
    }

    /** Attaches perf to a server. The arguments are perf's; the process, the control files and the output are added. */
    static Perf start(RunningServer server, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("perf"));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("-p", Long.toString(server.pid())));
        return new Perf(Files.createTempDirectory("stepoll-perf"), command);
    }

    /** {@return whether this machine has perf and lets it count system calls} */
    static boolean works() {
        try {
            return Children.output("perf", "stat", "-e", "raw_syscalls:sys_enter", "true") != null;
        } catch (IOException e) {
            return false; // there is no perf
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
            Waits.sleep(POLL_MILLIS); // a look again and again, as a read of the fifo has no time limit
        }
        answers.readNBytes(answers.available());
    }

    /** Ends perf, and returns the file of its output, which {@link #close} deletes. */
    Path finish() throws IOException {
        Children.signal(process, "INT");
        Waits.exitStatus(process);
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
