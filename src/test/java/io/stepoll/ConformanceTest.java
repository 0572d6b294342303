package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
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
 * The recorded traces of the loop that this one mirrors, over the real epoll and real Unix sockets, with a virtual
 * clock. Each scenario runs twice: with descriptors that are shared, and with ones that are the loop's alone.
 *
 * <p>{@code -Dconformance.extra=a.json,b.json} adds further recordings.
 */
class ConformanceTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void givesTheRecordedTrace(String name, JsonObject scenario) throws Exception {
        String expected = lines(scenario.getAsJsonArray("trace"));
        assertEquals(expected, lines(Scenario.run(scenario, EventLoop::adopt)), name + ", with shared descriptors");
        assertEquals(expected, lines(Scenario.run(scenario, ConformanceTest::own)), name + ", with the loop's own");
    }

    /** Edge-triggered, and each read is tried, as the recorded loop did. */
    private static Descriptor own(EventLoop loop, int fd) throws IOException {
        return Adoption.own(loop, fd, DescriptorKind.OWN);
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

    /** A row a line, which is what a difference is best read in. */
    private static String lines(JsonArray trace) {
        StringBuilder text = new StringBuilder();
        trace.forEach(row -> text.append(row).append('\n'));
        return text.toString();
    }
}
