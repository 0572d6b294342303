package io.stepoll.diagnostics;

import io.stepoll.diagnostics.Diagnostics.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The limits that servers meet: those of the process, of the kernel and of its control group. */
final class Limits {
    private static final Path OF_PROCESS = Path.of("/proc/self/limits");
    private static final List<String> NAMES = List.of("Max open files", "Max processes", "Max locked memory",
            "Max address space");
    private static final List<String> SETTINGS = List.of("fs/file-max", "fs/epoll/max_user_watches",
            "vm/max_map_count", "kernel/threads-max", "net/core/somaxconn", "net/ipv4/tcp_max_syn_backlog",
            "net/ipv4/ip_local_port_range", "net/core/rmem_max", "net/core/wmem_max");
    private static final List<String> OF_GROUP = List.of("memory.max", "cpu.max", "pids.max");

    private Limits() {}

    static List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        ofProcess(lines);
        for (String setting : SETTINGS) {
            lines.add(new Line(setting.substring(setting.lastIndexOf('/') + 1),
                    read(Path.of("/proc/sys").resolve(setting))));
        }
        for (String name : OF_GROUP) {
            Path file = Path.of("/sys/fs/cgroup").resolve(name);
            if (Files.exists(file)) {
                lines.add(new Line("cgroup " + name, read(file)));
            }
        }
        return lines;
    }

    private static void ofProcess(List<Line> lines) {
        try {
            for (String limit : Files.readAllLines(OF_PROCESS)) {
                for (String name : NAMES) {
                    if (limit.startsWith(name)) {
                        String[] values = limit.substring(name.length()).trim().split(" +");
                        lines.add(new Line(name.substring("Max ".length()), values[0] + " of at most " + values[1]));
                    }
                }
            }
        } catch (IOException e) {
            lines.add(new Line("process", "unknown: " + e));
        }
    }

    private static String read(Path file) {
        try (var lines = Files.newBufferedReader(file)) { // by one read: a second one finds nothing in such files
            return String.valueOf(lines.readLine()).trim().replaceAll("\\s+", " ");
        } catch (IOException e) {
            return "unknown: " + e;
        }
    }
}
