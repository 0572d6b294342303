package io.stepoll.diagnostics;

import io.stepoll.diagnostics.Diagnostics.Line;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the program runs on. */
final class Surroundings {
    private static final int LONGEST_VERSION = 32;

    private Surroundings() {}

    static List<Line> lines() {
        return List.of(
                new Line("JVM", property("java.vm.name") + " " + property("java.runtime.version") + ", "
                        + property("java.vendor")),
                new Line("architecture", property("os.arch") + ", " + Runtime.getRuntime().availableProcessors()
                        + " processors"),
                new Line("kernel", property("os.name") + " " + property("os.version")),
                new Line("C library", libc()),
                new Line("container", container()),
                new Line("charset", property("native.encoding") + ", LANG=" + System.getenv("LANG")),
                new Line("temporary folder", property("java.io.tmpdir")));
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }

    /** By what the JVM itself has mapped: there may be several C libraries on a machine. */
    private static String libc() {
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            if (maps.anyMatch(line -> line.contains("ld-musl"))) {
                return "musl";
            }
        } catch (IOException e) {
            return "unknown: " + e;
        }
        return glibcVersion().map(version -> "glibc " + version).orElse("unknown");
    }

    @SuppressWarnings("restricted")
    private static Optional<String> glibcVersion() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find("gnu_get_libc_version").map(symbol -> {
            try {
                MemorySegment text = (MemorySegment) linker
                        .downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.ADDRESS)).invokeExact();
                return text.reinterpret(LONGEST_VERSION).getString(0);
            } catch (Throwable e) {
                return "of unknown version: " + e;
            }
        });
    }

    private static String container() {
        if (Files.exists(Path.of("/.dockerenv"))) {
            return "docker";
        }
        if (Files.exists(Path.of("/run/.containerenv"))) {
            return "podman";
        }
        return System.getenv("KUBERNETES_SERVICE_HOST") != null ? "kubernetes" : "none that is known";
    }
}
