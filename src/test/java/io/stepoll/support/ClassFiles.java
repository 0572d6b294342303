package io.stepoll.support;

import io.stepoll.EventLoop;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The compiled classes of the library: which class names which other one, and in which circles. */
public final class ClassFiles {
    private static final Pattern NAME = Pattern.compile("io/stepoll(?:/[a-z]+)*/[A-Z][A-Za-z0-9_$]*");

    private ClassFiles() {}

    /** The folder with the classes of the library. */
    public static Path folder() throws URISyntaxException {
        return Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** All classes of the library. */
    public static List<ClassModel> ofLibrary() throws Exception {
        List<ClassModel> models = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder())) {
            for (Path file : walk.filter(path -> path.toString().endsWith(".class"))
                    .filter(path -> !path.getFileName().toString().matches("(module|package)-info\\.class")).toList()) {
                models.add(ClassFile.of().parse(file));
            }
        }
        return models;
    }

    /** A class of the tests. */
    public static ClassModel of(Class<?> type) throws IOException {
        try (var bytes = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
            return ClassFile.of().parse(bytes.readAllBytes());
        }
    }

    /** The name of a class, with its package. */
    public static String name(ClassModel model) {
        return model.thisClass().asInternalName().replace('/', '.');
    }

    /** The package of a class, by the class's name. */
    public static String packageOf(String className) {
        return className.substring(0, className.lastIndexOf('.'));
    }

    /** The top-level class that a class is in. */
    public static String topLevel(String className) {
        int dollar = className.indexOf('$');
        return dollar < 0 ? className : className.substring(0, dollar);
    }

    /** The classes of the library that a class refers to: by class names and descriptors, as there is no other way. */
    public static Set<String> namedBy(ClassModel model) {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            String text = entry instanceof ClassEntry type ? type.asInternalName()
                    : entry instanceof Utf8Entry utf8 ? utf8.stringValue() : "";
            Matcher found = NAME.matcher(text);
            while (found.find()) {
                names.add(found.group().replace('/', '.'));
            }
        }
        return names;
    }

    /** The circles of a graph: its strongly connected components of two nodes and more, by Tarjan's algorithm. */
    public static List<Set<String>> circles(Map<String, Set<String>> graph) {
        return new Circles(graph).found;
    }

    /** Joins the arrows of several nodes into those of the node that stands for them. */
    public static void addArrows(Map<String, Set<String>> graph, String from, Collection<String> to) {
        Set<String> arrows = graph.computeIfAbsent(from, node -> new TreeSet<>());
        to.stream().filter(node -> !node.equals(from)).forEach(arrows::add);
    }

    private static final class Circles {
        private final Map<String, Set<String>> graph;
        private final Map<String, Integer> numbers = new HashMap<>();
        private final Map<String, Integer> lowest = new TreeMap<>();
        private final Deque<String> open = new ArrayDeque<>();
        private final Set<String> isOpen = new HashSet<>();
        private final List<Set<String>> found = new ArrayList<>();

        Circles(Map<String, Set<String>> graph) {
            this.graph = graph;
            graph.keySet().stream().filter(node -> !numbers.containsKey(node)).forEach(this::visit);
        }

        private void visit(String node) {
            int number = numbers.size();
            numbers.put(node, number);
            lowest.put(node, number);
            open.push(node);
            isOpen.add(node);
            for (String next : graph.get(node)) {
                if (!graph.containsKey(next)) {
                    continue;
                }
                if (!numbers.containsKey(next)) {
                    visit(next);
                    lowest.merge(node, lowest.get(next), Math::min);
                } else if (isOpen.contains(next)) {
                    lowest.merge(node, numbers.get(next), Math::min);
                }
            }
            if (lowest.get(node) == number) {
                Set<String> circle = new TreeSet<>();
                String last;
                do {
                    last = open.pop();
                    isOpen.remove(last);
                    circle.add(last);
                } while (!last.equals(node));
                if (circle.size() > 1) {
                    found.add(circle);
                }
            }
        }
    }
}
