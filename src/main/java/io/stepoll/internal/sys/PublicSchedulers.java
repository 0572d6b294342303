package io.stepoll.internal.sys;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.Executor;

/**
 * A public way to give a virtual thread its scheduler, on a JDK that has one. No released JDK has. Builds of the JDK's
 * project Loom have had two: {@code Thread.Builder.OfVirtual.scheduler(Executor)}, and the same method with a
 * {@code Thread.VirtualThreadScheduler}, which {@code Thread.VirtualThreadScheduler.adapt(Executor)} makes.
 */
final class PublicSchedulers {
    /** {@code Thread.Builder.OfVirtual.scheduler}, or null. */
    private static final Method SCHEDULER = one(Thread.Builder.OfVirtual.class, "scheduler", null);

    /** {@code Thread.VirtualThreadScheduler.adapt(Executor)}, or null. */
    private static final Method ADAPT = SCHEDULER == null ? null
            : one(SCHEDULER.getParameterTypes()[0], "adapt", Executor.class);

    private PublicSchedulers() {}

    /** A public method with this name and one parameter, of any type if the given one is null. */
    private static Method one(Class<?> type, String name, Class<?> parameter) {
        for (Method method : type.getMethods()) {
            Class<?>[] parameters = method.getParameterTypes();
            if (method.getName().equals(name) && parameters.length == 1
                    && (parameter == null || parameters[0] == parameter)) {
                return method;
            }
        }
        return null;
    }

    /**
     * A builder of virtual threads that the scheduler runs, or null if this JDK has no public way that the library
     * knows.
     *
     * @throws UnsupportedOperationException of the JDK's own, if this JVM has no continuations
     */
    static Thread.Builder.OfVirtual builder(Executor scheduler) {
        if (SCHEDULER == null) {
            return null;
        }
        try {
            Object argument = ADAPT == null ? scheduler : ADAPT.invoke(null, scheduler);
            return (Thread.Builder.OfVirtual) SCHEDULER.invoke(Thread.ofVirtual(), argument);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof UnsupportedOperationException refused) {
                throw refused;
            }
            return null;
        } catch (ReflectiveOperationException | IllegalArgumentException | ClassCastException e) {
            return null; // a third form, which the library does not know
        }
    }
}
