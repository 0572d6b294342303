package io.stepoll.examples;

import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium, driven by Debian's chromedriver. It loads nothing but what this machine serves. */
final class Browser implements AutoCloseable {
    private static final String[] PROGRAMS = {"chromium", "chromedriver"};

    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium"); // JUL keeps loggers weakly

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Returns the name of a program that is missing; null if there are all. */
    static String missing() {
        for (String program : PROGRAMS) {
            if (!Programs.has(program)) {
                return program;
            }
        }
        return null;
    }

    static Browser open() {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(path("chromium"));
        options.addArguments("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                "--disable-background-networking", "--disable-component-update", "--no-first-run", "--lang=en",
                "--disable-extensions", "--disable-sync");
        if (System.getProperty("user.name").equals("root")) {
            options.addArguments("--no-sandbox"); // Chromium has no sandbox for root, and refuses to run with one
        }
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        SELENIUM.setLevel(Level.SEVERE); // it warns that it does not know the newest Chromium's further commands
        System.setProperty("webdriver.chrome.driver", path("chromedriver")); // else Selenium looks for one to download
        return new Browser(new ChromeDriver(options));
    }

    private static String path(String program) {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return Path.of(folder, program).toString();
            }
        }
        throw new IllegalStateException("no " + program);
    }

    void load(String url) {
        driver.executeCdpCommand("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
        driver.get(url);
    }

    /** Sets the size of the page in CSS pixels, and the scheme that its reader prefers. */
    void look(int width, int height, String scheme) {
        driver.executeCdpCommand("Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", height,
                "deviceScaleFactor", 1, "mobile", false));
        driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("media", "screen", "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Presses a key, as a user does: Tab, Enter, ArrowLeft. */
    void press(String key) {
        int code = switch (key) {
            case "Tab" -> 9;
            case "Enter" -> 13;
            case "ArrowLeft" -> 37;
            default -> throw new IllegalArgumentException(key);
        };
        String text = key.equals("Enter") ? "\r" : "";
        for (String type : List.of("keyDown", "keyUp")) {
            driver.executeCdpCommand("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "code", key,
                    "windowsVirtualKeyCode", code, "text", type.equals("keyDown") ? text : ""));
        }
    }

    /** What an expression of JavaScript gives. */
    Object value(String expression, Object... arguments) {
        return driver.executeScript("return " + expression, arguments);
    }

    String text(String expression) {
        return String.valueOf(value(expression));
    }

    /** Waits until an expression of JavaScript is true. */
    void await(String expression) throws Exception {
        Looks.until(() -> {
            if (Boolean.TRUE.equals(value(expression))) {
                return true;
            }
            Thread.sleep(50); // each look costs the browser something
            return false;
        });
    }

    /** What the console has got since the last call. */
    List<String> console() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::toString).toList();
    }

    /** The nodes that a screen reader gets: their roles, names and properties. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> accessibilityTree() {
        return (List<Map<String, Object>>) driver.executeCdpCommand("Accessibility.getFullAXTree", Map.of())
                .get("nodes");
    }

    /** Takes a picture of the whole page. */
    byte[] picture() {
        Map<String, Object> picture = driver.executeCdpCommand("Page.captureScreenshot",
                Map.of("format", "png", "captureBeyondViewport", true));
        return Base64.getDecoder().decode((String) picture.get("data"));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
