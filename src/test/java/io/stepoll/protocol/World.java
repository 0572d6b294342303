package io.stepoll.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** All that exists in one run, what has happened there, and the first thing that went against the model. */
final class World {
    final List<LoopModel> loops = new ArrayList<>();
    final List<Handle> handles = new ArrayList<>();
    final List<Worker> workers = new ArrayList<>();
    final List<Carrier> carriers = new ArrayList<>();

    /** Whether nothing new begins: the run waits until everything is quiet. */
    boolean settling;

    private final List<String> trace = new ArrayList<>();
    private int lastNumber;
    private AssertionError failure;

    int nextNumber() {
        return ++lastNumber;
    }

    /** After a run that has failed, a task may still note something, on a late thread. */
    synchronized void note(String what) {
        trace.add(what);
    }

    synchronized List<String> trace() {
        return List.copyOf(trace);
    }

    /** How much has happened so far. */
    synchronized int noted() {
        return trace.size();
    }

    /** Something went against the model. The first such thing fails the run. */
    void fail(String what, Throwable cause) {
        note("FAILED: " + what);
        if (failure == null) {
            failure = new AssertionError(what, cause);
        }
    }

    void fail(String what) {
        fail(what, null);
    }

    /** Throws if anything went against the model. */
    void check() {
        if (failure != null) {
            throw failure;
        }
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** A shutdown closes listeners, some time or other: brings the model up to date. */
    void noticeStoppedListeners() {
        for (LoopModel loop : loops) {
            loop.noticeStoppedListeners();
        }
    }

    /** One of a list; null of an empty one. */
    static <T> T pick(List<T> all, SplittableRandom random) {
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    List<LoopModel> openLoops() {
        return loops.stream().filter(loop -> !loop.closing).toList();
    }

    List<Handle> openHandles() {
        return handles.stream().filter(handle -> handle.open).toList();
    }

    List<Handle> handlesOf(LoopModel loop) {
        return handles.stream().filter(handle -> handle.loop == loop && handle.isOnLoop()).toList();
    }

    List<Handle> rawHandles() {
        return handles.stream().filter(handle -> handle.open && !handle.isOnLoop()).toList();
    }
}
