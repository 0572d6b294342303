package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.support.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that a peer chooses, in every encoding, make no exception, and show as what they are; see HostileNames. */
@Timeout(120)
class HostileNamesTest {
    /** Without a locale the JDK takes file names for ASCII. */
    @ParameterizedTest
    @ValueSource(strings = {"", "C.UTF-8"})
    void namesOfEachSort(String locale, @TempDir Path folder) throws Exception {
        ProcessBuilder builder =
                ChildJvm.builder(List.of("-Xshare:auto"), HostileNames.class.getName(), folder.toString());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.equals("LANG") || name.startsWith("LC_"));
        if (!locale.isEmpty()) {
            environment.put("LC_ALL", locale);
        }
        String output = run(builder);
        String encoding = locale.isEmpty() ? "ANSI_X3.4-1968" : "UTF-8";
        assertEquals("encoding " + encoding + "\ndone\n", output);
    }

    private static String run(ProcessBuilder builder) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("stepoll-names", ".err");
        Process child = builder.redirectError(errors.toFile()).start();
        try {
            String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return child.waitFor(60, TimeUnit.SECONDS) && child.exitValue() == 0 ? output
                    : output + Files.readString(errors);
        } finally {
            child.destroyForcibly().waitFor();
            Files.delete(errors);
        }
    }
}
