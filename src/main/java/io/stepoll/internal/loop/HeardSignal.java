package io.stepoll.internal.loop;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.Signals;
import io.stepoll.internal.threads.SignalReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * One signal that loops listen to. A process has one handler for a signal, so there is one object for each signal, for
 * all loops. Other handlers of the process stay as they are. When the last listener goes, the signal has the effect
 * again that it had before, and so has one that no listener has got.
 */
final class HeardSignal {
    private static final Map<Integer, HeardSignal> HEARD = new HashMap<>();
    private static SignalReader reader;

    /** By what takes the place of a former listener. */
    private final Map<Object, SignalListener> listeners = new LinkedHashMap<>();

    private HeardSignal() {}

    /**
     * From now on the listener gets the signal, along with others.
     *
     * @param name without SIG
     * @param key a former listener of the same signal and key is replaced
     */
    static synchronized void add(String name, Object key, SignalListener listener) {
        int signal = Signals.number(name);
        HeardSignal heard = HEARD.get(signal);
        if (heard == null) {
            takeOver(name, signal);
            heard = new HeardSignal();
            HEARD.put(signal, heard);
        }
        heard.listeners.put(key, listener);
    }

    private static void takeOver(String name, int signal) {
        if (reader == null) {
            reader = new SignalReader(HeardSignal::received);
        }
        int result = Signals.takeOver(signal);
        if (result < 0) {
            endUnused();
            throw new IllegalArgumentException("sigaction for " + name + ": " + Errno.name(-result));
        }
    }

    private static void endUnused() {
        if (HEARD.isEmpty()) {
            reader.end();
            reader = null;
        }
    }

    /** The listener gets no signal any more. */
    static void remove(SignalListener listener) {
        removeIf(other -> other == listener);
    }

    /** The loop is closed. */
    static void remove(Loop loop) {
        removeIf(listener -> listener.loop == loop);
    }

    private static synchronized void removeIf(Predicate<SignalListener> predicate) {
        boolean changed = HEARD.entrySet().removeIf(entry -> {
            Map<Object, SignalListener> listeners = entry.getValue().listeners;
            SignalListener[] last = new SignalListener[1];
            boolean removed = listeners.values().removeIf(listener -> {
                boolean goes = predicate.test(listener);
                last[0] = goes ? listener : last[0];
                return goes;
            });
            if (!removed || !listeners.isEmpty()) {
                return false;
            }
            giveBack(entry.getKey(), last[0]);
            return true;
        });
        if (changed) {
            endUnused();
        }
    }

    private static void giveBack(int signal, SignalListener last) {
        Signals.giveBack(signal);
        if (last.isOwed(signal)) {
            Signals.send(signal);
        }
    }

    /** What one listener does keeps no other from it. */
    private static void tell(SignalListener listener, int signal) {
        try {
            listener.received(signal);
        } catch (Throwable thrown) {
            Log.error("what a signal calls failed", thrown);
        }
    }

    private static synchronized void received(int signal) {
        HeardSignal heard = HEARD.get(signal);
        if (heard == null) {
            Signals.send(signal); // the last listener has gone since it came
        } else {
            heard.listeners.values().forEach(listener -> tell(listener, signal));
        }
    }
}
