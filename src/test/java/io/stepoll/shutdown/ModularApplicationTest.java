package io.stepoll.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ClassFiles;
import io.stepoll.support.Programs;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An application of modules that requires io.stepoll and nothing else: signals stop its loops. */
@Timeout(240)
class ModularApplicationTest {
    private static final Path JAVA = Path.of(Programs.java());
    private static final String MODULE = "module app { requires io.stepoll; }";

    private static final String MAIN = """
            package app;

            import io.stepoll.EventLoop;
            import io.stepoll.shutdown.Shutdown;

            public class Main {
                public static void main(String[] arguments) throws Exception {
                    if (ModuleLayer.boot().findModule("jdk.unsupported").isPresent()) {
                        throw new AssertionError("jdk.unsupported is there");
                    }
                    try (EventLoop loop = EventLoop.open()) {
                        if (arguments[0].equals("stop")) {
                            loop.stopOnSignals();
                        } else {
                            Shutdown.of(loop).onSignals("HUP", "INT", "TERM");
                        }
                        loop.callSoon(() -> System.out.println("READY"));
                        loop.run();
                    }
                    System.out.println("stopped");
                }
            }
            """;

    @TempDir
    private Path folder;
    private Path library;
    private Path application;

    @BeforeEach
    void build() throws Exception {
        library = folder.resolve("stepoll.jar");
        application = folder.resolve("app.jar");
        run("jar", "--create", "--file", library.toString(), "-C", ClassFiles.folder().toString(), ".");
        Path sources = Files.createDirectories(folder.resolve("sources/app"));
        Path classes = folder.resolve("classes");
        run("javac", "-p", library.toString(), "-d", classes.toString(),
                Files.writeString(sources.resolveSibling("module-info.java"), MODULE).toString(),
                Files.writeString(sources.resolve("Main.java"), MAIN).toString());
        run("jar", "--create", "--file", application.toString(), "-C", classes.toString(), ".");
    }

    private static void run(String tool, String... arguments) {
        Optional<ToolProvider> found = ToolProvider.findFirst(tool);
        Assumptions.assumeTrue(found.isPresent(), "this JDK has no " + tool);
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output);
        int status = found.get().run(writer, writer, arguments);
        Assumptions.assumeFalse(output.toString().contains("does not support linking"), output::toString);
        assertEquals(0, status, output::toString);
    }

    private String modulePath() {
        return library + ":" + application;
    }

    /** Starts the application, sends it a signal when it runs, and returns what it prints from there on. */
    private static String stopBy(String signal, Path java, List<String> options, String how) throws Exception {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-Xcheck:jni",
                "--enable-native-access=io.stepoll"));
        command.addAll(options);
        command.addAll(List.of("-m", "app/app.Main", how));
        Process child = new ProcessBuilder(Programs.interruptible(command)).redirectErrorStream(true).start();
        try (BufferedReader reader = child.inputReader()) {
            String first = reader.readLine();
            assertEquals("READY", first, () -> first + "\n" + String.join("\n", reader.lines().toList()));
            assertEquals(0, new ProcessBuilder("kill", "-" + signal, "" + child.pid()).start().waitFor());
            String rest = String.join("\n", reader.lines().toList());
            assertTrue(child.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, child.exitValue(), rest);
            return rest;
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void onTheModulePath() throws Exception {
        List<String> options = List.of("-p", modulePath());
        assertEquals("stopped", stopBy("TERM", JAVA, options, "stop"));
        assertEquals("stopped", stopBy("TERM", JAVA, options, "shutdown")); // not HUP, which nohup ignores
    }

    /** With -Xrs the JVM itself leaves these signals alone. */
    @Test
    void whereTheJvmHandlesNoSignals() throws Exception {
        assertEquals("stopped", stopBy("INT", JAVA, List.of("-Xrs", "-p", modulePath()), "stop"));
    }

    @Test
    void inAnImageOfItsOwn() throws Exception {
        Path image = folder.resolve("image");
        run("jlink", "--module-path", modulePath(), "--add-modules", "app", "--output", image.toString());
        Path java = image.resolve("bin/java");
        Process modules = Programs.start(java.toString(), "--list-modules");
        String names = new String(modules.getInputStream().readAllBytes());
        Programs.end(modules);
        Assumptions.assumeTrue(modules.exitValue() == 0, "an image of this JDK does not run on this machine: it wants"
                + " later libraries");
        assertEquals(List.of("app", "io.stepoll", "java.base"),
                names.lines().map(line -> line.replaceFirst("@.*", "")).sorted().toList());
        assertEquals("stopped", stopBy("TERM", java, List.of(), "stop"));
    }
}
