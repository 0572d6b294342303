package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which room knows which: read from the compiled classes. No arrow points up. */
class RoomsTest {
    private static final String SYS = "io.stepoll.internal.sys";
    private static final String TIMER = "io.stepoll.internal.timer";
    private static final String POLL = "io.stepoll.internal.poll";
    private static final String TASK = "io.stepoll.internal.task";
    private static final String PORCH = "io.stepoll";
    private static final String NET = "io.stepoll.net";

    private static final Map<String, Set<String>> MAY_KNOW = Map.of(
            SYS, Set.of(),
            TIMER, Set.of(),
            POLL, Set.of(SYS),
            TASK, Set.of(SYS),
            PORCH, Set.of(SYS, TIMER, POLL, TASK),
            NET, Set.of(PORCH, SYS));

    private static final Set<String> LOCKS = Set.of("java/lang/ref/Cleaner", "java/util/concurrent/ConcurrentHashMap",
            "java/util/concurrent/CopyOnWriteArrayList", "java/util/concurrent/locks/ReentrantLock");

    private static final Pattern NAME = Pattern.compile("io/stepoll(?:/[a-z]+)*(?=/[A-Z])");

    @Test
    void noArrowPointsUp() throws Exception {
        Set<String> wrong = new TreeSet<>();
        List<Path> files = classFiles();
        assertTrue(files.size() > 30, "looked at " + files);
        for (Path file : files) {
            ClassModel model = ClassFile.of().parse(file);
            String own = model.thisClass().asInternalName();
            String room = own.substring(0, own.lastIndexOf('/')).replace('/', '.');
            assertTrue(MAY_KNOW.containsKey(room), own + " is in no room of the table");
            for (String other : roomsNamedBy(model)) {
                if (!other.equals(room) && !MAY_KNOW.get(room).contains(other)) {
                    wrong.add(own + " -> " + other);
                }
            }
        }
        assertEquals(Set.of(), wrong);
    }

    /** They have a lock within, for which a loop's own thread and its tasks would wait in turn: see Unreachable. */
    @Test
    void nobodyUsesWhatLocks() throws Exception {
        for (Path file : classFiles()) {
            for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
                assertFalse(entry instanceof ClassEntry type && LOCKS.contains(type.asInternalName()), file::toString);
            }
        }
    }

    private static List<Path> classFiles() throws Exception {
        Path classes = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> walk = Files.walk(classes)) {
            return walk.filter(file -> file.toString().endsWith(".class"))
                    .filter(file -> !file.getFileName().toString().matches("(module|package)-info\\.class")).toList();
        }
    }

    /** From class names and descriptors, which is all that a class can refer to another by. */
    private static Set<String> roomsNamedBy(ClassModel model) throws IOException {
        Set<String> rooms = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            String text = entry instanceof ClassEntry type ? type.asInternalName()
                    : entry instanceof Utf8Entry utf8 ? utf8.stringValue() : "";
            Matcher names = NAME.matcher(text);
            while (names.find()) {
                rooms.add(names.group().replace('/', '.'));
            }
        }
        return rooms;
    }
}
