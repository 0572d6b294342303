package io.stepoll.bench.side;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;

/** The system calls of a server for each message or connection. perf counts them in a run of its own. */
record Syscalls(Server server, String scenario, String transport, long messages, double callsPerMessage,
        long epollCtls) {
    private static final String ALL = "raw_syscalls:sys_enter";
    private static final String EPOLL_CTL = "syscalls:sys_enter_epoll_ctl";
    private static final int WARM_MILLIS = 100;

    static Syscalls count(Settings settings, Scenario scenario, String transport, RunningServer server)
            throws IOException {
        try (Load load = Load.start(settings, scenario, server, WARM_MILLIS, settings.millis());
                Perf perf = Perf.start(server, "stat", "-x", ",", "-e", ALL + "," + EPOLL_CTL)) {
            perf.enable();
            load.measure();
            perf.disable();
            long messages = load.result().messages();
            Map<String, Long> counts = new HashMap<>();
            for (String line : Files.readAllLines(perf.finish())) {
                String[] fields = line.split(",");
                if (fields.length > 2) {
                    counts.put(fields[2], fields[0].startsWith("<") ? 0 : Long.parseLong(fields[0])); // <not counted>
                }
            }
            return new Syscalls(server.server(), scenario.name(), transport, messages,
                    (double) counts.get(ALL) / messages, counts.get(EPOLL_CTL));
        }
    }
}
