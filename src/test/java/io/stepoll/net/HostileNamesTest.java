package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.ChildJvm;
import io.stepoll.support.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names that a peer chooses, in every encoding, make no exception, and show as what they are; see HostileNames. */
@Timeout(120)
class HostileNamesTest {
    /** Without a locale the JDK takes file names for ASCII. */
    @ParameterizedTest
    @CsvSource({"'', ANSI_X3.4-1968", "C.UTF-8, UTF-8"})
    void namesOfEachSort(String locale, String encoding, @TempDir Path folder) throws Exception {
        String output = ChildJvm.runWell(List.of(), builder -> {
            Map<String, String> environment = builder.environment();
            environment.keySet().removeIf(name -> name.equals("LANG") || name.startsWith("LC_"));
            if (!locale.isEmpty()) {
                environment.put("LC_ALL", locale);
            }
        }, HostileNames.class, folder.toString());
        assertEquals("encoding " + encoding + "\ndone\n", output);
        assumeTrue(Programs.has("python3"), "python3 is missing, whose sockets have names that are no text");
    }
}
