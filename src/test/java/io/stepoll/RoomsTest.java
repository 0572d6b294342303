package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.timer.ForbiddenArrow;
import io.stepoll.support.ClassFiles;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which room may know which: the table of DESIGN.md, compared with the compiled classes. No arrow points up. */
class RoomsTest {
    private static final String SYS = "io.stepoll.internal.sys";
    private static final String TIMER = "io.stepoll.internal.timer";
    private static final String THREADS = "io.stepoll.internal.threads";
    private static final String POLL = "io.stepoll.internal.poll";
    private static final String SCHED = "io.stepoll.internal.sched";
    private static final String CONTRACT = "io.stepoll";
    private static final String FAILURE = "io.stepoll.internal.failure";
    private static final String TIME = "io.stepoll.internal.time";
    private static final String REACTOR = "io.stepoll.internal.reactor";
    private static final String METRICS = "io.stepoll.metrics";
    private static final String COUNTERS = "io.stepoll.internal.metrics";
    private static final String DUMP = "io.stepoll.internal.dump";
    private static final String JFR = "io.stepoll.internal.jfr";
    private static final String MANAGEMENT = "io.stepoll.management";
    private static final String MEMORY = "io.stepoll.internal.memory";
    private static final String TASK = "io.stepoll.internal.task";
    private static final String EXECUTOR = "io.stepoll.internal.executor";
    private static final String IO = "io.stepoll.internal.io";
    private static final String INTERNAL_NET = "io.stepoll.internal.net";
    private static final String LOOP = "io.stepoll.internal.loop";
    private static final String BUFFER = "io.stepoll.buffer";
    private static final String DIAGNOSTICS = "io.stepoll.diagnostics";
    private static final String NET = "io.stepoll.net";
    private static final String SHUTDOWN = "io.stepoll.shutdown";
    private static final String SYNC = "io.stepoll.sync";
    private static final String TLS = "io.stepoll.tls";
    private static final String WATCHDOG = "io.stepoll.watchdog";

    private static final Map<String, Set<String>> MAY_KNOW = Map.ofEntries(
            Map.entry(SYS, Set.of()),
            Map.entry(TIMER, Set.of()),
            Map.entry(METRICS, Set.of()),
            Map.entry(COUNTERS, Set.of(METRICS)),
            Map.entry(THREADS, Set.of(SYS)),
            Map.entry(POLL, Set.of(COUNTERS, SYS)),
            Map.entry(SCHED, Set.of(COUNTERS, THREADS, SYS)),
            Map.entry(CONTRACT, Set.of(METRICS, SYS)),
            Map.entry(FAILURE, Set.of(SYS, CONTRACT)),
            Map.entry(TIME, Set.of(POLL, TIMER, CONTRACT)),
            Map.entry(JFR, Set.of(COUNTERS, METRICS, SYS, CONTRACT)),
            Map.entry(REACTOR, Set.of(TIME, SCHED, POLL, TIMER, JFR, COUNTERS, SYS, CONTRACT)),
            Map.entry(MEMORY, Set.of(REACTOR, SCHED, THREADS, SYS, CONTRACT)),
            Map.entry(EXECUTOR, Set.of(REACTOR, TIME, SCHED, TIMER)),
            Map.entry(TASK, Set.of(REACTOR, SCHED, POLL, JFR, COUNTERS, THREADS, FAILURE, SYS, CONTRACT)),
            Map.entry(DUMP, Set.of(TASK, REACTOR, TIME, SCHED, POLL, TIMER, COUNTERS, METRICS, SYS, CONTRACT)),
            Map.entry(IO, Set.of(TASK, MEMORY, REACTOR, SCHED, POLL, COUNTERS, METRICS, THREADS, FAILURE, SYS,
                    CONTRACT)),
            Map.entry(INTERNAL_NET, Set.of(IO, THREADS, FAILURE, SYS, CONTRACT)),
            Map.entry(LOOP, Set.of(DUMP, IO, MEMORY, EXECUTOR, TASK, REACTOR, TIME, SCHED, POLL, TIMER, JFR, COUNTERS,
                    METRICS, THREADS, FAILURE, SYS, CONTRACT)),
            Map.entry(NET, Set.of(INTERNAL_NET, JFR, METRICS, CONTRACT)),
            Map.entry(MANAGEMENT, Set.of(NET, METRICS, CONTRACT)),
            Map.entry(BUFFER, Set.of(NET, IO, MEMORY, TASK, CONTRACT)),
            Map.entry(DIAGNOSTICS, Set.of(NET, SYS, CONTRACT)),
            Map.entry(TLS, Set.of(NET, IO, THREADS, FAILURE, SYS, CONTRACT)),
            Map.entry(SHUTDOWN, Set.of(LOOP, IO, TASK, REACTOR, TIME, SCHED, SYS, CONTRACT)),
            Map.entry(SYNC, Set.of(TASK, CONTRACT)),
            Map.entry(WATCHDOG, Set.of(LOOP, DUMP, JFR, METRICS, TASK, REACTOR, TIME, SCHED, SYS, CONTRACT)));

    /** They have a lock inside, for which a loop's thread and its tasks would wait in turn: see PhantomWatcher. */
    private static final Set<String> LOCKS = Set.of("java/lang/ref/Cleaner", "java/util/concurrent/ConcurrentHashMap",
            "java/util/concurrent/CopyOnWriteArrayList", "java/util/concurrent/locks/ReentrantLock");

    private static final int LARGEST_CIRCLE = 8;

    @Test
    void noArrowPointsUp() throws Exception {
        Set<String> wrong = new TreeSet<>();
        List<ClassModel> classes = ClassFiles.ofLibrary();
        assertTrue(classes.size() > 100, "the test has looked at " + classes.size() + " classes");
        for (ClassModel model : classes) {
            String room = ClassFiles.packageOf(ClassFiles.name(model));
            assertTrue(MAY_KNOW.containsKey(room), ClassFiles.name(model) + " is in no room of the table");
            wrong.addAll(forbiddenArrows(model));
        }
        assertEquals(Set.of(), wrong);
    }

    @Test
    void anArrowThatTheTableForbidsIsFound() throws Exception {
        assertEquals(Set.of("io.stepoll.internal.timer.ForbiddenArrow -> io.stepoll.internal.reactor"),
                forbiddenArrows(ClassFiles.of(ForbiddenArrow.class)));
    }

    private static Set<String> forbiddenArrows(ClassModel model) {
        String own = ClassFiles.name(model);
        String room = ClassFiles.packageOf(own);
        return ClassFiles.namedBy(model).stream().map(ClassFiles::packageOf)
                .filter(other -> !other.equals(room) && !MAY_KNOW.get(room).contains(other))
                .map(other -> own + " -> " + other).collect(Collectors.toCollection(TreeSet::new));
    }

    /** By the words of the JDK's own tool, which knows nothing of the table. */
    @Test
    void jdepsFindsNoCircleOfPackages() throws Exception {
        StringWriter out = new StringWriter();
        int status = ToolProvider.findFirst("jdeps").orElseThrow().run(new PrintWriter(out), new PrintWriter(out),
                "--ignore-missing-deps", "--multi-release", "base", "-verbose:package",
                ClassFiles.folder().toString());
        assertEquals(0, status, out::toString);
        Map<String, Set<String>> graph = new TreeMap<>();
        String from = null;
        for (String text : out.toString().split("\n")) {
            Matcher arrow = Pattern.compile("^\\s*(io\\.stepoll\\S*)?\\s*-> (\\S+).*").matcher(text);
            if (!arrow.matches()) {
                continue;
            }
            from = arrow.group(1) == null ? from : arrow.group(1);
            if (from != null && arrow.group(2).startsWith("io.stepoll")) {
                ClassFiles.addArrows(graph, from, Set.of(arrow.group(2)));
            }
        }
        assertTrue(graph.size() > 10, () -> "jdeps has named " + graph.keySet() + " in\n" + out);
        assertEquals(List.of(), ClassFiles.circles(graph));
    }

    /** A nested class counts as a part of the class that it is in. */
    @Test
    void noCircleOfClassesInARoomIsLarge() throws Exception {
        Map<String, Set<String>> graph = new TreeMap<>();
        for (ClassModel model : ClassFiles.ofLibrary()) {
            String own = ClassFiles.topLevel(ClassFiles.name(model));
            String room = ClassFiles.packageOf(own);
            ClassFiles.addArrows(graph, own, ClassFiles.namedBy(model).stream().map(ClassFiles::topLevel)
                    .filter(other -> ClassFiles.packageOf(other).equals(room)).toList());
        }
        for (Set<String> circle : ClassFiles.circles(graph)) {
            assertTrue(circle.size() <= LARGEST_CIRCLE, () -> circle.size() + " classes know each other: " + circle);
        }
    }

    @Test
    void aCircleIsFound() {
        Map<String, Set<String>> graph = Map.of("a", Set.of("b"), "b", Set.of("c", "d"), "c", Set.of("a"),
                "d", Set.of("e"), "e", Set.of());
        assertEquals(List.of(Set.of("a", "b", "c")), ClassFiles.circles(graph));
    }

    @Test
    void noClassUsesWhatLocks() throws Exception {
        for (ClassModel model : ClassFiles.ofLibrary()) {
            for (PoolEntry entry : model.constantPool()) {
                assertFalse(entry instanceof ClassEntry type && LOCKS.contains(type.asInternalName()),
                        () -> ClassFiles.name(model));
            }
        }
    }
}
