package io.stepoll.internal.loop;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.Signals;
import io.stepoll.internal.threads.SignalReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One signal that stops loops. A process has one handler for a signal, so there is one object for each signal, for all
 * loops. Other handlers of the process stay as they are.
 */
final class SignalStops {
    private static final Map<Integer, SignalStops> STOPPERS = new HashMap<>();
    private static SignalReader reader;

    private final Map<Loop, Runnable> actions = new LinkedHashMap<>();

    private SignalStops() {}

    /**
     * From now on the signal, named without SIG, calls this action to end the loop, in place of a former action of the
     * same loop, and along with the actions of other loops.
     */
    static synchronized void add(String name, Loop loop, Runnable action) {
        int signal = Signals.number(name);
        SignalStops stopper = STOPPERS.get(signal);
        if (stopper == null) {
            takeOver(name, signal);
            stopper = new SignalStops();
            STOPPERS.put(signal, stopper);
        }
        stopper.actions.put(loop, action);
    }

    private static void takeOver(String name, int signal) {
        if (reader == null) {
            reader = new SignalReader(SignalStops::received);
        }
        int result = Signals.takeOver(signal);
        if (result < 0) {
            endUnused();
            throw new IllegalArgumentException("sigaction for " + name + ": " + Errno.name(-result));
        }
    }

    private static void endUnused() {
        if (STOPPERS.isEmpty()) {
            reader.end();
            reader = null;
        }
    }

    /** No signal stops the loop any more. A signal that stops no loop does what it did before. */
    static synchronized void remove(Loop loop) {
        boolean changed = STOPPERS.entrySet().removeIf(entry -> {
            Map<Loop, Runnable> actions = entry.getValue().actions;
            boolean last = actions.remove(loop) != null && actions.isEmpty();
            if (last) {
                Signals.giveBack(entry.getKey());
            }
            return last;
        });
        if (changed) {
            endUnused();
        }
    }

    /** What one loop does at a signal keeps no other loop from it. */
    private static void run(Runnable action) {
        try {
            action.run();
        } catch (Throwable thrown) {
            Log.error("what a signal calls failed", thrown);
        }
    }

    private static synchronized void received(int signal) {
        SignalStops stopper = STOPPERS.get(signal);
        if (stopper != null) {
            stopper.actions.values().forEach(SignalStops::run);
        }
    }
}
