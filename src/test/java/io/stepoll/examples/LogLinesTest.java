package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/operations.md says what each line of the log means. */
class LogLinesTest {
    private static final Pattern LOGS = Pattern.compile("\\b(?:log|warn|error)\\((.*?)\\);$",
            Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final int LEAST_LENGTH = 12; // of a text that shows which line it is

    @Test
    void thePageHasEachLine() throws Exception {
        String page = Files.readString(Path.of("docs/operations.md"));
        List<String> missing = new ArrayList<>();
        int lines = 0;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : (Iterable<Path>) files.filter(file -> file.toString().endsWith(".java"))::iterator) {
                for (MatchResult call : LOGS.matcher(Files.readString(file)).results().toList()) {
                    List<String> texts = LITERAL.matcher(call.group(1)).results().map(text -> text.group(1).strip())
                            .filter(text -> text.length() >= LEAST_LENGTH && text.contains(" ")).toList();
                    lines += texts.isEmpty() ? 0 : 1;
                    boolean found = texts.stream().anyMatch(text -> page.contains(text.replaceAll("[:;]$", "")));
                    if (!texts.isEmpty() && !found) {
                        missing.add(file.getFileName() + ": " + texts);
                    }
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(lines > 15, "the test has found " + lines + " lines");
    }
}
