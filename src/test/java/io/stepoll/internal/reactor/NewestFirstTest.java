package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NewestFirstTest {
    private final NewestFirst<String> batch = new NewestFirst<>();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 15, 16, 17, 100, 1000, 4096})
    void sortsTheNewestFirst(int size) {
        List<Long> sequences = new ArrayList<>(LongStream.range(0, size).boxed().toList());
        check(sequences);
        Collections.reverse(sequences);
        check(sequences);
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(sequences, new Random(seed));
            check(sequences);
        }
    }

    private void check(List<Long> sequences) {
        sequences.forEach(sequence -> batch.add(sequence, "item " + sequence));
        batch.sort();
        assertEquals(sequences.size(), batch.size());
        for (int i = 0; i < batch.size(); i++) {
            assertEquals(sequences.size() - 1 - i, batch.sequence(i));
            assertEquals("item " + batch.sequence(i), batch.item(i));
        }
        batch.clear();
        assertTrue(batch.isEmpty());
    }
}
