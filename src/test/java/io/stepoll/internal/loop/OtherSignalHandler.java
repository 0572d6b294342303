package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A child's main. Somebody puts a handler over the loop's. Prints who gets the signal then: while the loop is open,
 * after it is closed, when a further loop has asked for the signal, and after that one is closed.
 */
final class OtherSignalHandler {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private OtherSignalHandler() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.stopOnSignals("USR1");
            handle();
            killOther("open");
        }
        killOther("closed");
        try (EventLoop loop = EventLoop.open()) {
            loop.stopOnSignals("USR1");
            loop.callSoon(OtherSignalHandler::kill);
            loop.run();
            System.out.println("further loop: stopped");
        }
        killOther("all closed");
    }

    private static void killOther(String when) throws Exception {
        int before = CALLS.get();
        kill();
        Looks.until(() -> CALLS.get() > before);
        System.out.println(when + ": " + CALLS);
    }

    /** By reflection, as javac warns about this class. */
    private static void handle() throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object counting = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler},
                (proxy, method, with) -> {
                    CALLS.incrementAndGet();
                    return null;
                });
        type.getMethod("handle", type, handler)
                .invoke(null, type.getConstructor(String.class).newInstance("USR1"), counting);
    }

    private static void kill() {
        try {
            new ProcessBuilder("kill", "-USR1", "" + ProcessHandle.current().pid()).start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
