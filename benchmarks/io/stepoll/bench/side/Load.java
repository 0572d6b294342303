package io.stepoll.bench.side;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A run of the load generator. The generator waits before and after the measured phase: {@link #start} returns when the
 * load is warm, {@link #measure} runs the measured phase, and {@link #result} ends the run.
 */
final class Load implements AutoCloseable {
    private static final long LONGEST_NANOS = 60_000_000_000L;
    private static final int DIGITS = 3;

    private final String name;
    private final Process process;
    private final BufferedReader reader;

    private Load(List<String> command) throws IOException {
        name = String.join(" ", command);
        process = Children.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        reader = process.inputReader();
    }

    /** Starts the load of a scenario on a server. */
    static Load start(Settings settings, Scenario scenario, RunningServer server, int warmMillis, int millis)
            throws IOException {
        return start(settings, scenario.mode(), server.address(), scenario.options(settings, warmMillis, millis));
    }

    /** Starts a load. The mode, the address and the options are arguments of the program. */
    static Load start(Settings settings, String mode, String address, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(settings.programs().resolve("load").toString(), mode, address));
        command.addAll(options);
        Load load = new Load(command);
        try {
            load.expect("WARM");
        } catch (IOException e) {
            load.close();
            throw e;
        }
        return load;
    }

    static Load start(Settings settings, String mode, String address, String... options) throws IOException {
        return start(settings, mode, address, Arrays.asList(options));
    }

    void measure() throws IOException {
        go();
        expect("DONE");
    }

    LoadResult result() throws IOException {
        go();
        Histogram latencies = new Histogram(LONGEST_NANOS, DIGITS);
        long[] numbers = new long[LoadResult.KEYS.size()];
        for (String line = reader.readLine(); !"END".equals(line); line = reader.readLine()) {
            if (line == null) {
                throw new IOException("the load generator ended early: " + name);
            }
            String[] words = line.split(" ");
            if (words[0].equals("H")) {
                latencies.recordValueWithCount(
                        Math.min(Long.parseLong(words[1]), LONGEST_NANOS), Long.parseLong(words[2]));
            } else {
                numbers[LoadResult.KEYS.indexOf(words[0])] = Long.parseLong(words[1]);
            }
        }
        return new LoadResult(numbers[0], numbers[1], numbers[2], numbers[3], latencies);
    }

    private void go() throws IOException {
        OutputStream input = process.getOutputStream();
        input.write('\n');
        input.flush();
    }

    private void expect(String word) throws IOException {
        String line = reader.readLine();
        if (!word.equals(line)) {
            throw new IOException("the load generator printed " + line + " instead of " + word + ": " + name);
        }
    }

    @Override
    public void close() {
        Children.end(process);
    }
}
