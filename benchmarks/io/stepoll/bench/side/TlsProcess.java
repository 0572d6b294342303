package io.stepoll.bench.side;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM on one processor that answers each line of its input by a line: a server or the load of {@link TlsSeries}. */
final class TlsProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader reader;

    /** What it printed as it was ready. */
    final String ready;

    TlsProcess(Settings settings, int cpu, Class<?> program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", // with this process
                "taskset", "-c", Integer.toString(cpu),
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(settings.jvmFlags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        process = Children.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        reader = process.inputReader();
        ready = reader.readLine();
        if (ready == null || !ready.startsWith("READY")) {
            close();
            throw new IOException(String.join(" ", command) + " did not start; it printed: " + ready);
        }
    }

    long pid() {
        return process.pid();
    }

    String ask(String line) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        input.flush();
        String answer = reader.readLine();
        if (answer == null) {
            throw new IOException("it has ended, after: " + line);
        }
        return answer;
    }

    @Override
    public void close() {
        Children.end(process);
    }
}
