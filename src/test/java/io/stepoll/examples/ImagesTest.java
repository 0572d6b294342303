package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** The images of the README and of docs/ are there, are shown, and say in words what they show. */
class ImagesTest {
    private static final Path IMAGES = Path.of("docs", "img");
    private static final Pattern SHOWN = Pattern.compile("!\\[([^]]*)]\\(([^)]+)\\)");

    private static List<Path> in(Path folder, String end) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    @Test
    void eachImageIsShownWithWords() throws Exception {
        List<Path> pages = new ArrayList<>(in(Path.of("docs"), ".md"));
        pages.add(Path.of("README.md"));
        Set<Path> shown = new TreeSet<>();
        for (Path page : pages) {
            for (MatchResult image : SHOWN.matcher(Files.readString(page)).results().toList()) {
                Path file = page.resolveSibling(image.group(2)).normalize();
                assertTrue(Files.exists(file), () -> page + " shows " + file);
                assertFalse(image.group(1).isBlank(), () -> page + " has no words for " + file);
                shown.add(file);
            }
        }
        assertEquals(new TreeSet<>(in(IMAGES, "g")), shown); // .png and .svg
    }

    /** In both schemes, and for those who do not see it; with the day and the commit of its figures. */
    @Test
    void eachPlotHasATitleADescriptionAndADate() throws Exception {
        List<Path> plots = in(IMAGES, ".svg");
        assertTrue(plots.size() >= 5, plots::toString);
        for (Path plot : plots) {
            Element svg = DocumentBuilderFactory.newDefaultNSInstance().newDocumentBuilder().parse(plot.toFile())
                    .getDocumentElement();
            assertEquals("img", svg.getAttribute("role"));
            String title = svg.getElementsByTagName("title").item(0).getTextContent();
            String description = svg.getElementsByTagName("desc").item(0).getTextContent();
            assertTrue(title.length() > 10 && description.length() > 100, () -> plot + ": " + title + description);
            assertTrue(description.contains("stepoll tasks"), () -> plot + ": " + description);
            String style = svg.getElementsByTagName("style").item(0).getTextContent();
            assertTrue(style.contains("prefers-color-scheme:dark"), plot::toString);
            assertTrue(svg.getTextContent().matches("(?s).*\\d{4}-\\d\\d-\\d\\d, commit [0-9a-f]{7}.*"),
                    plot::toString);
        }
    }
}
