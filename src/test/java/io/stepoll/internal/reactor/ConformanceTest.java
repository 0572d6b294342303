package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.io.DescriptorKind;
import io.stepoll.internal.io.LoopDescriptors;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The loop gives the recorded traces of the loop that it mirrors. Epoll and the Unix sockets are real, the clock is
 * virtual. Each scenario runs three times: with shared descriptors, with descriptors that the loop alone has, and with
 * callbacks on the loop's own thread.
 *
 * <p>{@code -Dconformance.extra=a.json,b.json} adds further recordings.
 */
class ConformanceTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void givesTheRecordedTrace(String name, JsonObject scenario) throws Exception {
        String expected = lines(scenario.getAsJsonArray("trace"));
        assertEquals(expected, lines(Scenario.run(scenario, EventLoop::adopt, false)),
                name + ", with shared descriptors");
        assertEquals(expected, lines(Scenario.run(scenario, ConformanceTest::own, false)),
                name + ", with the loop's own");
        assertEquals(expected, lines(Scenario.run(scenario, ConformanceTest::own, true)),
                name + ", with callbacks on the loop's thread");
    }

    /** Edge-triggered. Each read is tried before it waits, as the recorded loop did. */
    private static Descriptor own(EventLoop loop, int fd) throws IOException {
        return LoopDescriptors.of(loop).take(fd, DescriptorKind.OWN);
    }

    static Stream<Arguments> scenarios() throws IOException {
        List<JsonArray> recordings = new ArrayList<>();
        for (String resource : List.of("curated.json", "random.json")) {
            try (InputStream in = ConformanceTest.class.getResourceAsStream("/conformance/" + resource);
                    Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
                recordings.add(JsonParser.parseReader(reader).getAsJsonArray());
            }
        }
        String extra = System.getProperty("conformance.extra", "");
        for (String file : extra.split(",")) {
            if (!file.isBlank()) {
                recordings.add(JsonParser.parseString(Files.readString(Path.of(file.strip()))).getAsJsonArray());
            }
        }
        return recordings.stream().flatMap(recording -> recording.asList().stream())
                .map(JsonElement::getAsJsonObject)
                .map(scenario -> Arguments.of(scenario.get("name").getAsString(), scenario));
    }

    /** One row a line, so that a failure shows the row that differs. */
    private static String lines(JsonArray trace) {
        StringBuilder text = new StringBuilder();
        trace.forEach(row -> text.append(row).append('\n'));
        return text.toString();
    }
}
