package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The code on the pages of docs/ is code that the build compiles and runs. A line {@code <!-- file: examples/… -->}
 * before a block of java or kotlin code names the file that has the code. The block is the whole file or consecutive
 * lines of it, which the page may indent less. A test runs each program that a page names.
 */
class DocsTest {
    private static final Path DOCS = Path.of("docs");
    private static final Pattern MARKER = Pattern.compile("<!-- file: (\\S+) -->");

    /** A block of code, and the file that the page names for it. */
    record Block(Path file, List<String> lines) {}

    static Stream<Path> pages() throws Exception {
        try (Stream<Path> files = Files.list(DOCS)) {
            return files.filter(file -> file.toString().endsWith(".md")).sorted().toList().stream();
        }
    }

    private static List<Block> blocks(String page, List<String> text) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < text.size(); i++) {
            Matcher marker = MARKER.matcher(text.get(i).strip());
            if (marker.matches()) {
                int begin = i + 2;
                String language = marker.group(1).endsWith(".kt") ? "```kotlin" : "```java";
                assertEquals(language, text.get(i + 1).strip(), page + ": the line after " + text.get(i));
                int end = begin + text.subList(begin, text.size()).indexOf("```");
                assertTrue(end > begin, page + ": no block, or an empty one, after " + text.get(i));
                blocks.add(new Block(Path.of(marker.group(1)), text.subList(begin, end)));
                i = end;
            }
        }
        return blocks;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theCodeOfAPageIsInTheFileThatThePageNames(Path page) throws Exception {
        for (Block block : blocks(page.toString(), Files.readAllLines(page))) {
            assertTrue(block.file.startsWith("examples"), () -> page + ": this is no example: " + block.file);
            assertTrue(Files.exists(block.file), () -> page + ": there is no " + block.file);
            assertTrue(isIn(Files.readAllLines(block.file), block.lines),
                    () -> page + ": these lines are not in " + block.file + ":\n" + String.join("\n", block.lines));
            assertTrue(isRun(block.file), () -> page + ": no test runs " + block.file);
        }
    }

    private static boolean isIn(List<String> file, List<String> block) {
        for (int start = 0; start + block.size() <= file.size(); start++) {
            if (startsWith(file.subList(start, start + block.size()), block)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the lines are the same, except that the block indents all of them less by the same number of blanks. */
    private static boolean startsWith(List<String> lines, List<String> block) {
        int less = lines.getFirst().length() - block.getFirst().length();
        if (less < 0 || !lines.getFirst().substring(0, less).isBlank()) {
            return false;
        }
        String indent = " ".repeat(less);
        for (int i = 0; i < block.size(); i++) {
            if (!lines.get(i).equals(block.get(i).isEmpty() ? "" : indent + block.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a test starts the program, by its name. */
    private static boolean isRun(Path example) throws Exception {
        String name = '"' + example.getFileName().toString().replaceFirst("\\.(java|kt)$", "") + '"';
        try (Stream<Path> tests = Files.walk(Path.of("src/test/java/io/stepoll/examples"))) {
            for (Path test : tests.filter(Files::isRegularFile).toList()) {
                if (Files.readString(test).contains(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void differencesAreFound() {
        List<String> file = List.of("class A {", "    void a() {", "", "        b();", "    }", "}");
        assertTrue(isIn(file, file));
        assertTrue(isIn(file, List.of("void a() {", "", "    b();", "}")));
        assertTrue(isIn(file, List.of("    void a() {", "")));
        assertFalse(isIn(file, List.of("void a() {", "    b();", "}")), "a missing line");
        assertFalse(isIn(file, List.of("void a() {", "", "b();", "}")), "another indentation");
        assertFalse(isIn(file, List.of("void a() {", "", "    c();", "}")));
        assertThrows(AssertionError.class, () -> blocks("page", List.of("<!-- file: examples/A.java -->", "text")));
        assertThrows(AssertionError.class,
                () -> blocks("page", List.of("<!-- file: examples/A.java -->", "```java", "no end")));
    }
}
