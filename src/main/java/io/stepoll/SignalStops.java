package io.stepoll;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Signals that stop a loop, by {@code sun.misc.Signal}: the JDK's own way, which leaves the JVM's other handlers alone
 * and calls ours on a thread, not in a signal handler. Reflectively, as javac's warning about that class cannot be
 * turned off.
 */
final class SignalStops {
    private final Reactor reactor;
    private final Map<String, Object> previousHandlers = new LinkedHashMap<>();

    SignalStops(Reactor reactor) {
        this.reactor = reactor;
    }

    /** From now on the signal, named without SIG, stops the loop. */
    void add(String signal) {
        Object previous = handle(signal, stopper(signal));
        previousHandlers.putIfAbsent(signal, previous);
    }

    /** Gives the signals back to whom they had before. */
    void restore() {
        previousHandlers.forEach(SignalStops::handle);
        previousHandlers.clear();
    }

    private Object stopper(String signal) {
        Class<?> type = signalClass("sun.misc.SignalHandler");
        return Proxy.newProxyInstance(SignalStops.class.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "handle" -> {
                        reactor.stop();
                        yield null;
                    }
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "stop of " + reactor.name + " by SIG" + signal;
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
