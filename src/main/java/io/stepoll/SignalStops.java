package io.stepoll;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Signals that stop loops, by {@code sun.misc.Signal}: the JDK's own way, which leaves the JVM's other handlers alone
 * and calls ours on a thread, not in a signal handler. Reflectively, as javac's warning about that class cannot be
 * turned off. A process has one handler for a signal, so there is one of these, for all loops.
 */
final class SignalStops {
    /** What one signal does now, and did before. */
    private record Stopper(Set<Reactor> reactors, Object formerHandler) {}

    private static final Map<String, Stopper> STOPPERS = new HashMap<>();

    private SignalStops() {}

    /** From now on the signal, named without SIG, stops the loop, with those that it stops already. */
    static synchronized void add(String signal, Reactor reactor) {
        Stopper stopper = STOPPERS.get(signal);
        if (stopper == null) {
            stopper = new Stopper(new LinkedHashSet<>(), handle(signal, handler(signal)));
            STOPPERS.put(signal, stopper);
        }
        stopper.reactors.add(reactor);
    }

    /** No signal stops the loop any more. One that stops none does what it did before. */
    static synchronized void remove(Reactor reactor) {
        STOPPERS.entrySet().removeIf(entry -> {
            Stopper stopper = entry.getValue();
            boolean last = stopper.reactors.remove(reactor) && stopper.reactors.isEmpty();
            if (last) {
                handle(entry.getKey(), stopper.formerHandler);
            }
            return last;
        });
    }

    /** Called by the JVM, on a thread of its own. */
    private static synchronized void stopAll(String signal) {
        Stopper stopper = STOPPERS.get(signal);
        if (stopper != null) {
            stopper.reactors.forEach(Reactor::stop);
        }
    }

    private static Object handler(String signal) {
        Class<?> type = signalClass("sun.misc.SignalHandler");
        return Proxy.newProxyInstance(SignalStops.class.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "handle" -> {
                        stopAll(signal);
                        yield null;
                    }
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "stop of event loops by SIG" + signal;
                });
    }

    /** Signal.handle(new Signal(name), handler): the handler before. */
    private static Object handle(String signal, Object handler) {
        Class<?> type = signalClass("sun.misc.Signal");
        try {
            Method method = type.getMethod("handle", type, signalClass("sun.misc.SignalHandler"));
            return method.invoke(null, type.getConstructor(String.class).newInstance(signal), handler);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("signal " + signal + ": " + e.getCause().getMessage(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("this JDK's " + type + " is not as it was", e);
        }
    }

    private static Class<?> signalClass(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("signals need the module jdk.unsupported", e);
        }
    }
}
