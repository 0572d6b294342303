package io.stepoll.internal.reactor;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** What a loop calls around its polls. Belongs to the loop's thread. */
public final class PollHooks {
    /** When a hook is called. */
    public enum Place {
        /** Before the poll, which then does not sleep. */
        IDLE,
        /** Directly before the poll. */
        BEFORE_POLL,
        /** After the poll, and before the waits that it has found ready go on. */
        AFTER_POLL
    }

    private static final PollHook[] NONE = {};

    /* Each array is made anew by a change: a phase that runs goes on with the one of its begin. */
    private final Map<Place, PollHook[]> hooks = new EnumMap<>(Place.class);

    void add(PollHook hook) {
        PollHook[] before = at(hook.place());
        PollHook[] more = Arrays.copyOf(before, before.length + 1);
        more[before.length] = hook;
        hooks.put(hook.place(), more);
    }

    void remove(PollHook hook) {
        hooks.computeIfPresent(hook.place(), (place, before) -> {
            PollHook[] fewer = Arrays.stream(before).filter(other -> other != hook).toArray(PollHook[]::new);
            return fewer.length == 0 ? null : fewer;
        });
    }

    /** The hooks of one place, in the order in which they were added. */
    PollHook[] at(Place place) {
        return hooks.getOrDefault(place, NONE);
    }

    boolean hasIdle() {
        return hooks.containsKey(Place.IDLE);
    }

    boolean isEmpty() {
        return hooks.isEmpty();
    }
}
