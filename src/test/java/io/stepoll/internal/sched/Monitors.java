package io.stepoll.internal.sched;

import io.stepoll.EventLoop;
import io.stepoll.support.ClassFiles;
import java.lang.classfile.ClassModel;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Finds objects by their references: all fields of this library's objects and classes, and what is in arrays and
 * collections. Other objects of the JDK are found, too, but not what is inside them.
 */
final class Monitors {
    private static final String OURS = "io.stepoll.";

    private final Set<Object> found = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> toVisit = new ArrayDeque<>();

    /** Finds all internal classes, and what their static fields lead to. */
    void findAllClasses() throws Exception {
        for (ClassModel model : ClassFiles.ofLibrary()) {
            String name = ClassFiles.name(model);
            if (name.startsWith(OURS + "internal.")) {
                find(Class.forName(name, false, EventLoop.class.getClassLoader()));
            }
        }
    }

    /** Finds an object, and all to which it leads. */
    void find(Object first) throws IllegalAccessException {
        add(first);
        while (!toVisit.isEmpty()) {
            visit(toVisit.remove());
        }
    }

    private void add(Object object) {
        if (object != null && found.add(object)) {
            toVisit.add(object);
        }
    }

    private void visit(Object object) throws IllegalAccessException {
        if (object instanceof Object[] array) {
            Arrays.asList(array).forEach(this::add);
        } else if (object instanceof Collection<?> collection) {
            collection.forEach(this::add);
        } else if (object instanceof Class<?> type) {
            addFields(type, null);
        }
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            addFields(type, object);
        }
    }

    /** @param object whose fields; null for the static ones */
    private void addFields(Class<?> type, Object object) throws IllegalAccessException {
        if (!type.getName().startsWith(OURS)) {
            return;
        }
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) == (object == null) && !field.getType().isPrimitive()) {
                field.setAccessible(true);
                add(field.get(object));
            }
        }
    }

    /** All that was found. */
    List<Object> found() {
        return new ArrayList<>(found);
    }
}
