package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages lead to each other: each link to a page and to a heading leads there, and no page is left out. */
class PagesTest {
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\n]*`");
    private static final Pattern LINK = Pattern.compile("\\[[^]\\[]*]\\(([^)#\\s]*)#?([^)\\s]*)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(Stream.of("README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md",
                "SECURITY.md").map(Path::of).toList());
        try (Stream<Path> files = Files.list(Path.of("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }

    @Test
    void eachLinkLeadsToAPageAndToAHeading() throws Exception {
        Set<String> broken = new TreeSet<>();
        int looked = 0;
        int headings = 0;
        for (Path page : pages()) {
            String text = CODE.matcher(Files.readString(page)).replaceAll("");
            for (MatchResult link : LINK.matcher(text).results().toList()) {
                if (link.group(1).startsWith("http")) {
                    continue;
                }
                looked++;
                Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize();
                if (!Files.exists(target)) {
                    broken.add(page + " -> " + link.group(1));
                } else if (!link.group(2).isEmpty()) {
                    headings++;
                    for (Set<String> names : List.of(names(target, true), names(target, false))) {
                        if (!names.contains(link.group(2))) {
                            broken.add(page + " -> " + link.group(1) + "#" + link.group(2));
                        }
                    }
                }
            }
        }
        assertTrue(looked > 80, "the test has looked at " + looked + " links");
        assertTrue(headings > 10, "the test has looked at " + headings + " links to headings");
        assertEquals(Set.of(), broken);
    }

    /**
     * The names of a page's headings in links.
     *
     * @param site whether in the site that mkdocs makes; else where the repository is looked at, as on GitHub
     */
    private static Set<String> names(Path page, boolean site) throws IOException {
        String text = FENCED.matcher(Files.readString(page)).replaceAll("");
        return HEADING.matcher(text).results().map(heading -> heading.group(1).replaceAll("\\[(.*?)]\\(.*?\\)", "$1"))
                .map(heading -> site ? nameInSite(heading) : nameInRepository(heading)).collect(Collectors.toSet());
    }

    private static String nameInRepository(String heading) {
        return heading.toLowerCase().replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-');
    }

    private static String nameInSite(String heading) {
        return Normalizer.normalize(heading, Normalizer.Form.NFKD).replaceAll("[^\\w\\s-]", "").trim().toLowerCase()
                .replaceAll("[-\\s]+", "-");
    }

    @Test
    void eachPageIsInTheReadmeAndInTheSite() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String site = Files.readString(Path.of(".ci/site.yml"));
        Set<String> leftOut = new TreeSet<>();
        for (Path page : pages()) {
            if (page.endsWith("README.md")) {
                continue;
            }
            if (!readme.contains("](" + page + ")")) {
                leftOut.add(page + " is not in README.md");
            }
            if (!site.contains(": " + page.getFileName() + "\n")) {
                leftOut.add(page + " is not in .ci/site.yml");
            }
        }
        assertEquals(Set.of(), leftOut);
    }
}
