package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.LoopGroup;
import io.stepoll.examples.dashboard.LivePage;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard in a browser: what a user sees, hears and presses. Its pictures are in target/dashboard. */
@Timeout(60)
class DashboardBrowserTest {
    private static final Path PICTURES = Path.of("target", "dashboard");
    private static final String ROW =
            "[...document.querySelectorAll('#loop-rows tr')].map(r => r.cells[%d].textContent)";
    private static final String SLOW =
            "[...document.querySelectorAll('#slow summary')].some(s => /^%s/.test(s.textContent))";
    private static final Duration TICK = Duration.ofMillis(20);
    /** How long the loops work before the pictures are taken; 25 for that of docs/dashboard.md. */
    private static final int SECONDS = Integer.getInteger("stepoll.dashboard.seconds", 0);

    private static final int HELD_MILLIS = 300;
    private static final int MESSAGE_BYTES = 64;

    private static LoopGroup group;
    private static Server echo;
    private static LivePage page;
    private static SocketAddress address;
    private static Browser browser;
    private static volatile boolean loading;
    private static volatile boolean held;
    private static Thread load;

    @BeforeAll
    static void open() throws Exception {
        assumeTrue(Browser.missing() == null, () -> "needs " + Browser.missing());
        group = LoopGroup.builder().loops(2).name("web").options(loop -> loop.histograms(true)).open();
        echo = Server.builder(group).serve(c -> EchoServer.echo(c.socket())).open(Addresses.parse("tcp:127.0.0.1:0"));
        group.loops().forEach(loop -> loop.callAtFixedRate(TICK, TICK, () -> { })); // for the lag
        page = page(Addresses.parse("tcp:127.0.0.1:0"));
        address = page.localAddress();
        browser = Browser.open();
        browser.look(1280, 900, "light");
        browser.load("http://127.0.0.1:" + ((InetSocketAddress) address).getPort() + "/");
    }

    private static LivePage page(SocketAddress at) throws IOException {
        return LivePage.builder().watch(group).watch("echo", echo).interval(Duration.ofMillis(200)).open(at);
    }

    @AfterAll
    static void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (group != null) {
            held = false;
            endLoad();
            page.close();
            echo.close(Duration.ZERO);
            group.close();
        }
    }

    /** Sends messages to the echo, and waits some time after each, as a busy loop is not what is tested here. */
    private static void beginLoad() {
        loading = true;
        load = Thread.ofPlatform().start(() -> {
            ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);
            try (SocketChannel client = SocketChannel.open(echo.localAddress())) {
                while (loading) {
                    client.write(message.clear());
                    message.clear();
                    while (message.hasRemaining()) {
                        client.read(message);
                    }
                    Thread.sleep(2); // the load itself: some hundred messages a second, and no test waits for it
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void endLoad() throws InterruptedException {
        loading = false;
        if (load != null) {
            load.join();
        }
    }

    private static void awaitSample() throws Exception {
        String drawn = "(document.documentElement.dataset.drawn ?? '')";
        String before = browser.text(drawn);
        browser.await(drawn + " > '" + before + "'");
    }

    @Test
    void theLoadIsSeenInTheTablesAndThePlotsAndNothingFails() throws Exception {
        browser.await("document.getElementById('status').textContent === 'Live: 3 loops'");
        awaitSample();
        assertEquals(List.of("web", "web-0", "web-1", "page-0"), browser.value(ROW.formatted(0)));
        String pixels = "[...document.querySelectorAll('canvas')].map(c => c.toDataURL())";
        List<?> before = (List<?>) browser.value(pixels);
        assertEquals(6, before.size());
        beginLoad();
        browser.await(ROW.formatted(2) + ".some((rate, i) => i > 0 && i < 3 && Number(rate.replaceAll(' ', '')) > 50)");
        browser.await("document.querySelector('#server-rows tr').cells[1].textContent === '1'");
        List<?> after = (List<?>) browser.value(pixels);
        for (int i = 0; i < before.size(); i++) {
            assertNotEquals(before.get(i), after.get(i), "plot " + i + " does not move");
        }
        browser.await("[...document.querySelectorAll('#wait-rows tr')].some(r => r.cells[0].textContent === 'web-0'"
                + " && r.cells[1].textContent === 'accept' && r.cells[2].textContent === '1')");
        endLoad();
        browser.await("document.querySelector('#server-rows tr').cells[1].textContent === '0'");
        assertEquals(List.of(), browser.console());
    }

    @Test
    void aHeldLoopIsShownWithItsStack() throws Exception {
        held = true;
        group.loop(1).callSoon(DashboardBrowserTest::hold);
        browser.await(SLOW.formatted("so far \\d+ ms on web-1.*DashboardBrowserTest"));
        held = false;
        browser.await(SLOW.formatted("\\d+ ms on web-1.*DashboardBrowserTest"));
        browser.value("[...document.querySelectorAll('#slow summary')].find("
                + "s => / web-1.*DashboardBrowserTest/.test(s.textContent))"
                + ".focus()");
        browser.press("Enter");
        browser.await("[...document.querySelectorAll('#slow details[open] pre')].some(p =>"
                + " p.innerText.includes('DashboardBrowserTest.hold'))");
    }

    private static void hold() {
        while (held) {
            Thread.onSpinWait();
        }
    }

    @Test
    void thePageGoesOnWhenTheServerWasStartedAgain() throws Exception {
        awaitSample();
        browser.value("window.sameDocument = true");
        page.close();
        browser.await("document.getElementById('status').className === 'gone'");
        page = page(address);
        browser.await("document.getElementById('status').className === 'live'");
        awaitSample();
        assertEquals(true, browser.value("window.sameDocument"), "the page was loaded again");
        for (String line : browser.console()) {
            assertTrue(line.contains("net::ERR_"), line); // the browser says that it cannot connect
        }
    }

    @Test
    void theKeyboardReachesAllThatCanBeUsed() throws Exception {
        awaitSample();
        browser.value("document.querySelector('.skip').focus()"); // the first of all
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            browser.press("Tab");
            reached.add(browser.text("document.activeElement.id || document.activeElement.className"));
            assertEquals("solid", browser.text("getComputedStyle(document.activeElement).outlineStyle"),
                    "the focus is not seen at " + browser.text("document.activeElement.outerHTML.slice(0, 200)"));
            if (reached.contains("plot")) {
                break;
            }
        }
        assertTrue(reached.containsAll(Set.of("loop", "span", "pause", "scroll", "plot")), reached::toString);
        browser.press("ArrowLeft");
        browser.press("ArrowLeft");
        browser.await("/^\\d\\d:\\d\\d:\\d\\d: .*web-0 .*%/.test(document.activeElement.parentElement"
                + ".querySelector('output').textContent)");
        browser.value("document.getElementById('pause').focus()");
        browser.press("Enter");
        assertEquals("true", browser.text("document.getElementById('pause').getAttribute('aria-pressed')"));
        browser.press("Enter");
        assertEquals("false", browser.text("document.getElementById('pause').getAttribute('aria-pressed')"));
    }

    /** Who has stopped the plots to look at them chooses what they show. */
    @Test
    void aPausedPageShowsWhatIsChosen() throws Exception {
        awaitSample();
        String choose = "(() => { const s = document.getElementById('loop'); s.value = %d;"
                + " s.dispatchEvent(new Event('change')); })()";
        String about = "[...document.querySelectorAll('figcaption p')].some(p => p.textContent.startsWith('of %s:'))";
        String times = "document.querySelector('#plots tbody').textContent";
        browser.value("document.querySelector('#plots details').open = true");
        browser.await("document.querySelector('#plots tbody').rows.length > 0");
        browser.value("document.getElementById('pause').click()");
        try {
            browser.value(choose.formatted(1));
            browser.await(about.formatted("web-0")); // with the last moments: what was drawn before may lack one
            String before = browser.text(times);
            browser.value(choose.formatted(3));
            browser.await(about.formatted("page-0"));
            assertEquals(before, browser.text(times), "the moments have moved");
        } finally {
            browser.value("document.getElementById('pause').click()");
            browser.value(choose.formatted(0));
            browser.value("document.querySelector('#plots details').open = false");
        }
        browser.await(about.formatted("web"));
    }

    @Test
    void aScreenReaderGetsLandmarksAndNames() throws Exception {
        awaitSample();
        Set<String> nodes = new HashSet<>();
        for (Map<String, Object> node : browser.accessibilityTree()) {
            String role = value(node.get("role"));
            String name = value(node.get("name"));
            nodes.add(role + " " + name);
            boolean used = Set.of("button", "combobox", "link", "DisclosureTriangle").contains(role);
            assertFalse(used && name.isBlank(), () -> "without a name: " + node);
        }
        for (String expected : List.of("banner ", "main ", "status ", "heading stepoll live", "heading Loops",
                "heading Utilisation", "heading Slowest steps", "region Tasks by what they wait for",
                "combobox Plots of", "button Pause", "columnheader busy", "rowheader web-0")) {
            assertTrue(nodes.stream().anyMatch(node -> node.startsWith(expected)),
                    () -> expected + " is not in " + nodes);
        }
        assertEquals(6, nodes.stream().filter(node -> node.matches("group .+: .+ .+")).count(), nodes::toString);
        String tables = "[...document.querySelectorAll('#plots details')].forEach(d => d.open = %s)";
        browser.value(tables.formatted("true"));
        browser.await("[...document.querySelectorAll('#plots tbody')].every(b => b.rows.length > 1)");
        browser.value(tables.formatted("false"));
    }

    private static String value(Object property) {
        return property instanceof Map<?, ?> map ? String.valueOf(map.get("value")) : "";
    }

    /** Narrow and wide, light and dark: nothing sticks out, and what is written has a contrast of 4.5. */
    @Test
    void itFitsAndIsLegibleInEachSizeAndScheme() throws Exception {
        Files.createDirectories(PICTURES);
        beginLoad();
        if (SECONDS > 0) { // by hand alone
            Thread.sleep(Duration.ofSeconds(SECONDS)); // the picture shows so much time, and in it a loop that is held
            held = true;
            group.loop(0).callSoon(DashboardBrowserTest::hold);
            Thread.sleep(HELD_MILLIS); // so long the picture says that it was held
            held = false;
            browser.await(SLOW.formatted("\\d+ ms on web-0.*DashboardBrowserTest"));
        }
        List<String> failures = new ArrayList<>();
        for (int width : List.of(1280, 390)) {
            for (String scheme : List.of("light", "dark")) {
                browser.look(width, 900, scheme);
                browser.await("window.innerWidth === " + width);
                awaitSample();
                awaitSample();
                Files.write(PICTURES.resolve("dashboard-" + width + "-" + scheme + ".png"), browser.picture());
                if (!browser.value("document.documentElement.scrollWidth").equals((long) width)) {
                    failures.add(width + " " + scheme + ": " + browser.text("document.documentElement.scrollWidth"));
                }
                for (String colour : List.of("--text", "--quiet", "--bad", "--c0", "--c1", "--c2", "--c3", "--c4",
                        "--c5", "--c6", "--c7")) {
                    double contrast = Math.min(contrast(colour(colour), colour("--paper")),
                            contrast(colour(colour), colour("--card")));
                    if (contrast < 4.5) {
                        failures.add(scheme + " " + colour + ": " + contrast);
                    }
                }
            }
        }
        browser.look(1280, 900, "light");
        endLoad();
        assertEquals(List.of(), failures);
    }

    private static int colour(String name) {
        String hex = browser.text("getComputedStyle(document.documentElement).getPropertyValue('" + name + "').trim()")
                .substring(1);
        return Integer.parseInt(hex.length() == 6 ? hex : hex.chars().mapToObj(c -> Character.toString(c).repeat(2))
                .collect(Collectors.joining()), 16);
    }

    /** By the definition of WCAG 2. */
    private static double contrast(int colour, int other) {
        double a = luminance(colour);
        double b = luminance(other);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    private static double luminance(int colour) {
        return 0.2126 * linear(colour >> 16 & 255) + 0.7152 * linear(colour >> 8 & 255) + 0.0722 * linear(colour & 255);
    }

    private static double linear(int part) {
        double share = part / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }
}
