package io.stepoll.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.stepoll.support.Seeds;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The map of the keys, and the list. */
class BytesMapTest {
    private static final class Entry extends BytesMap.Entry {
        Entry(byte[] key) {
            super(key);
        }
    }

    /** Against a map of the JDK, while the table grows, with keys that are prefixes of others. */
    @Test
    void likeAMap() {
        SplittableRandom random = Seeds.random("keys of a map");
        BytesMap<Entry> map = new BytesMap<>();
        Map<String, Entry> model = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            String key = "k".repeat(random.nextInt(20)) + random.nextInt(1 << random.nextInt(16));
            byte[] bytes = ("##" + key + "##").getBytes();
            Entry found = map.get(bytes, 2, bytes.length - 4);
            assertSame(model.get(key), found);
            if (found == null) {
                Entry added = new Entry(key.getBytes());
                map.add(added);
                model.put(key, added);
            } else if (random.nextInt(3) == 0) {
                map.remove(found);
                model.remove(key);
            }
            assertEquals(model.size(), map.size());
        }
        model.forEach((key, entry) -> assertSame(entry, map.get(key.getBytes(), 0, key.length())));
        model.values().forEach(map::remove);
        assertEquals(0, map.size());
        assertNull(map.get(new byte[0], 0, 0));
    }

    /** Against a list of strings: elements of all sizes, also larger than a block, and empty ones. */
    @Test
    void aListOfBlocks() {
        SplittableRandom random = Seeds.random("a list of blocks");
        ListValue list = new ListValue();
        Deque<String> model = new ArrayDeque<>();
        for (int i = 0; i < 3000; i++) {
            String element = i + "x".repeat(random.nextInt(random.nextInt(50) == 0 ? 20_000 : 20));
            element = random.nextInt(10) == 0 ? "" : element;
            list.push(element.getBytes(), 0, element.length());
            model.addFirst(element);
        }
        assertEquals(3000, list.size());
        List<String> expected = List.copyOf(model);
        for (int begin : new int[] {0, 1, 7, 1500, 2998, 2999}) {
            ListValue.Place place = list.place(begin);
            list.push("later".getBytes(), 0, 5); // whoever walks does not see it
            for (int i = begin; i < 3000; i++) {
                assertEquals(expected.get(i), new String(place.bytes(), place.start(), place.length()));
                place.next();
            }
            list = copyOf(expected);
        }
    }

    private static ListValue copyOf(List<String> elements) {
        ListValue list = new ListValue();
        elements.reversed().forEach(element -> list.push(element.getBytes(), 0, element.length()));
        return list;
    }
}
