package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.support.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The process has used up its descriptors (RLIMIT_NOFILE). */
@Timeout(240)
class ExhaustedDescriptorsTest {
    /** The call that lacks a descriptor says so, and nothing is broken for good. */
    @ParameterizedTest
    @ValueSource(strings = {"first", "later"})
    void exhausted(String when, @TempDir Path folder) throws Exception {
        Path jar = jar(folder.resolve("stepoll.jar"));
        String output = ChildJvm.runWell(List.of("-XX:-MaxFDLimit"), child -> {
            List<String> command = new ArrayList<>(child.command());
            int classPath = command.indexOf("-cp") + 1;
            command.set(classPath, jar + File.pathSeparator + command.get(classPath));
            child.command(command);
            Limits.set(child, "ulimit -n 200");
        }, WithoutDescriptors.class, when);
        assertTrue(output.contains("went on without descriptors"), output);
    }

    /** The library as a jar: from an open jar the JDK loads classes without a descriptor, from a folder it does not. */
    private static Path jar(Path jar) throws Exception {
        Path classes = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (!Files.isDirectory(classes)) {
            return classes;
        }
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar)); Stream<Path> all =
                Files.walk(classes)) {
            for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                add(out, classes, file);
            }
        }
        return jar;
    }

    private static void add(ZipOutputStream out, Path classes, Path file) throws IOException {
        out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
    }
}
