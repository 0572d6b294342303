package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ClassFiles;
import java.lang.classfile.ClassModel;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What users import is apart from what makes it work. */
class ContractTest {
    /** The one class of the package that users cannot see: it finds the implementation. */
    private static final Set<String> ASSEMBLY = Set.of("io.stepoll.Implementation");

    @Test
    void thePackageHoldsNothingButTheContract() throws Exception {
        Set<String> hidden = new TreeSet<>();
        for (ClassModel model : ClassFiles.ofLibrary()) {
            String name = ClassFiles.name(model);
            if (ClassFiles.packageOf(name).equals("io.stepoll") && name.equals(ClassFiles.topLevel(name))
                    && !model.flags().has(AccessFlag.PUBLIC)) {
                hidden.add(name);
            }
        }
        assertEquals(ASSEMBLY, hidden);
    }

    @Test
    void noPublicSignatureNamesAnInternalClass() throws Exception {
        Set<String> exported = exportedPackages();
        List<String> wrong = new ArrayList<>();
        int looked = 0;
        for (ClassModel model : ClassFiles.ofLibrary()) {
            Class<?> type = Class.forName(ClassFiles.name(model), false, EventLoop.class.getClassLoader());
            if (exported.contains(type.getPackageName()) && isVisible(type)) {
                looked++;
                internalTypes(type).forEach(internal -> wrong.add(type.getName() + " shows " + internal));
            }
        }
        assertTrue(looked > 50, "the test has looked at " + looked + " classes");
        assertEquals(List.of(), wrong);
    }

    /** A class that shows internal ones in each way: so the test above would find them. */
    @Test
    void aSignatureWithAnInternalClassIsFound() {
        assertEquals(Set.of("io.stepoll.internal.poll.Waiter", "io.stepoll.internal.reactor.Reactor",
                "io.stepoll.internal.timer.TimerQueue", "io.stepoll.internal.sys.Scratch"), internalTypes(Shows.class));
    }

    /** For the test above. */
    public abstract static class Shows implements io.stepoll.internal.poll.Waiter {
        public io.stepoll.internal.reactor.Reactor field;

        protected List<? extends io.stepoll.internal.timer.TimerQueue> method(
                io.stepoll.internal.sys.Scratch[] parameter) {
            return List.of();
        }

        private io.stepoll.internal.sys.Shim hidden() {
            return null;
        }
    }

    private static Set<String> exportedPackages() throws Exception {
        ModuleDescriptor module;
        try (var in = Files.newInputStream(ClassFiles.folder().resolve("module-info.class"))) {
            module = ModuleDescriptor.read(in);
        }
        return module.exports().stream().map(ModuleDescriptor.Exports::source).collect(Collectors.toSet());
    }

    private static boolean isVisible(Class<?> type) {
        for (Class<?> outer = type; outer != null; outer = outer.getEnclosingClass()) {
            if (!isVisible(outer.getModifiers())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static Set<String> internalTypes(Class<?> type) {
        Set<Class<?>> types = new HashSet<>();
        Set<Type> seen = new HashSet<>();
        // A hidden superclass shows its visible members by the class, so it is looked at as well.
        for (Class<?> part = type; part != null && part.getName().startsWith("io.stepoll");
                part = part.getSuperclass()) {
            add(part.getGenericSuperclass(), types, seen);
            for (Type implemented : part.getGenericInterfaces()) {
                add(implemented, types, seen);
            }
            addMembers(part, types, seen);
        }
        return types.stream().map(Class::getName).filter(name -> name.startsWith("io.stepoll.internal."))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void addMembers(Class<?> part, Set<Class<?>> types, Set<Type> seen) {
        for (TypeVariable<?> parameter : part.getTypeParameters()) {
            add(parameter, types, seen);
        }
        for (Field field : part.getDeclaredFields()) {
            if (isVisible(field.getModifiers())) {
                add(field.getGenericType(), types, seen);
            }
        }
        for (Method method : part.getDeclaredMethods()) {
            if (isVisible(method.getModifiers()) && !method.isSynthetic()) {
                add(method.getGenericReturnType(), types, seen);
                addParts(method, types, seen);
            }
        }
        for (Constructor<?> constructor : part.getDeclaredConstructors()) {
            if (isVisible(constructor.getModifiers())) {
                addParts(constructor, types, seen);
            }
        }
        if (part.isRecord()) {
            for (RecordComponent component : part.getRecordComponents()) {
                add(component.getGenericType(), types, seen);
            }
        }
    }

    private static void addParts(Executable executable, Set<Class<?>> types, Set<Type> seen) {
        for (Type parameter : executable.getGenericParameterTypes()) {
            add(parameter, types, seen);
        }
        for (Type thrown : executable.getGenericExceptionTypes()) {
            add(thrown, types, seen);
        }
        for (TypeVariable<?> parameter : executable.getTypeParameters()) {
            add(parameter, types, seen);
        }
    }

    private static void add(Type type, Set<Class<?>> types, Set<Type> seen) {
        if (type == null || !seen.add(type)) {
            return;
        }
        switch (type) {
            case Class<?> plain when plain.isArray() -> add(plain.getComponentType(), types, seen);
            case Class<?> plain -> types.add(plain);
            case ParameterizedType generic -> {
                add(generic.getRawType(), types, seen);
                for (Type argument : generic.getActualTypeArguments()) {
                    add(argument, types, seen);
                }
            }
            case GenericArrayType array -> add(array.getGenericComponentType(), types, seen);
            case WildcardType wildcard -> {
                for (Type bound : wildcard.getUpperBounds()) {
                    add(bound, types, seen);
                }
                for (Type bound : wildcard.getLowerBounds()) {
                    add(bound, types, seen);
                }
            }
            case TypeVariable<?> variable -> {
                for (Type bound : variable.getBounds()) {
                    add(bound, types, seen);
                }
            }
            default -> throw new AssertionError(type);
        }
    }
}
