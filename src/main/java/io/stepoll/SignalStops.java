package io.stepoll;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Signals that stop loops, by {@code sun.misc.Signal}: the JDK's own way, which leaves the JVM's other handlers alone
 * and calls ours on a thread, not in a signal handler. A process has one handler for a signal, so there is one of
 * these, for all loops. (A proxy and reflection, for javac's sake, would cost each start of a server 30 ms.)
 */
final class SignalStops implements SignalHandler {
    private static final Map<String, SignalStops> STOPPERS = new HashMap<>();

    private final Signal signal;
    private final Map<Reactor, Runnable> actions = new LinkedHashMap<>();
    private SignalHandler former;

    private SignalStops(Signal signal) {
        this.signal = signal;
    }

    /**
     * From now on the signal, named without SIG, ends the loop by this action, instead of a former one of the same
     * loop; with the loops that it ends already.
     */
    static synchronized void add(String name, Reactor reactor, Runnable action) {
        SignalStops stopper = STOPPERS.get(name);
        if (stopper == null) {
            stopper = new SignalStops(new Signal(name));
            stopper.former = Signal.handle(stopper.signal, stopper);
            STOPPERS.put(name, stopper);
        }
        stopper.actions.put(reactor, action);
    }

    /** No signal stops the loop any more. One that stops none does what it did before. */
    static synchronized void remove(Reactor reactor) {
        STOPPERS.values().removeIf(stopper -> {
            boolean last = stopper.actions.remove(reactor) != null && stopper.actions.isEmpty();
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
