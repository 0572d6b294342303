package io.stepoll.internal.loop;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * One signal that stops loops, by {@code sun.misc.Signal}. That is the JDK's own way: it leaves the JVM's other
 * handlers alone, and calls this one on a thread, not in a signal handler. A process has one handler for a signal, so
 * there is one object for each signal, for all loops. (A proxy and reflection, for the sake of javac's warning, would
 * cost each start of a server 30 ms.)
 */
final class SignalStops implements SignalHandler {
    private static final Map<String, SignalStops> STOPPERS = new HashMap<>();

    private final Signal signal;
    private final Map<Loop, Runnable> actions = new LinkedHashMap<>();
    private SignalHandler former;

    private SignalStops(Signal signal) {
        this.signal = signal;
    }

    /**
     * From now on the signal, named without SIG, calls this action to end the loop, in place of a former action of the
     * same loop, and along with the actions of other loops.
     */
    static synchronized void add(String name, Loop loop, Runnable action) {
        SignalStops stopper = STOPPERS.get(name);
        if (stopper == null) {
            stopper = new SignalStops(new Signal(name));
            stopper.former = Signal.handle(stopper.signal, stopper);
            STOPPERS.put(name, stopper);
        }
        stopper.actions.put(loop, action);
    }

    /** No signal stops the loop any more. A signal that stops no loop does what it did before. */
    static synchronized void remove(Loop loop) {
        STOPPERS.values().removeIf(stopper -> {
            boolean last = stopper.actions.remove(loop) != null && stopper.actions.isEmpty();
            if (last) {
                Signal.handle(stopper.signal, stopper.former);
            }
            return last;
        });
    }

    /** Called by the JVM, on a thread of its own. */
    @Override
    public void handle(Signal received) {
        synchronized (SignalStops.class) {
            actions.values().forEach(Runnable::run);
        }
    }

    @Override
    public String toString() {
        return "stop of event loops by " + signal;
    }
}
