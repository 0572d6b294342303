package io.stepoll.protocol;

import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;

/** What a task does with other tasks. */
final class TaskOperations {
    private TaskOperations() {}

    /** Waits for the end of a task, of this loop or another one. */
    static final class Join extends TaskOperation {
        private final Worker other;

        Join(Worker other, boolean throwsOn) {
            super("join " + other, null, null, throwsOn);
            this.other = other;
        }

        @Override
        void call(Worker worker) throws Exception {
            if (!other.name.equals(other.task.join())) {
                worker.world.fail(this + " has another result");
            }
        }

        @Override
        boolean mayThrow(Worker worker, Throwable thrown) {
            return switch (thrown) {
                case ExecutionException e -> e.getCause() == other.thrown() && other.thrown() != null;
                case CancellationException e -> other.task.isDone();
                case IllegalStateException e -> other == worker;
                default -> false;
            };
        }

        @Override
        boolean hasCome() {
            return other.task.isDone();
        }
    }

    /** Opens a group, or a race, of tasks, and waits for them or leaves them. */
    static final class Group extends TaskOperation {
        private final List<List<TaskOperation>> bodies;
        private final boolean race;
        private final boolean joins;
        private final List<Worker> members = new ArrayList<>();

        Group(List<List<TaskOperation>> bodies, boolean race, boolean joins, boolean throwsOn) {
            super((race ? "race" : "group") + (joins ? " joined" : ""), null, null, throwsOn);
            this.bodies = bodies;
            this.race = race;
            this.joins = joins;
        }

        @Override
        void call(Worker worker) throws Exception {
            if (race) {
                try (TaskRace<String> all = worker.loop.loop.openRace()) {
                    bodies.forEach(body -> add(worker, body, all::spawn));
                    if (joins) {
                        checkAllDone(worker, all.join());
                    }
                }
            } else {
                try (TaskGroup<String> all = worker.loop.loop.openGroup()) {
                    bodies.forEach(body -> add(worker, body, all::spawn));
                    if (joins) {
                        checkAllSucceeded(worker, all.join());
                    }
                }
            }
            checkAllDone(worker, members.getFirst().name);
        }

        private void add(Worker worker, List<TaskOperation> body,
                BiFunction<String, Callable<String>, Task<String>> spawn) {
            Worker member = Worker.spawn(worker.loop, body, false, true, spawn);
            members.add(member);
        }

        private void checkAllDone(Worker worker, String winner) {
            if (members.stream().anyMatch(member -> !member.task.isDone())) {
                worker.world.fail("a task of " + this + " outlives it");
            }
            if (members.stream().noneMatch(member -> member.name.equals(winner))) {
                worker.world.fail(this + " has a result of nobody's: " + winner);
            }
        }

        private void checkAllSucceeded(Worker worker, List<String> results) {
            checkAllDone(worker, results.getFirst());
            if (!results.equals(members.stream().map(member -> member.name).toList())
                    || members.stream().anyMatch(member -> member.thrown() != null)) {
                worker.world.fail(this + " has other results: " + results);
            }
        }

        @Override
        boolean mayThrow(Worker worker, Throwable thrown) {
            boolean allDone = members.stream().allMatch(member -> member.task.isDone());
            return allDone && thrown instanceof ExecutionException e && members.stream().anyMatch(
                    member -> member.thrown() == e.getCause()
                            || e.getCause() instanceof CancellationException c && c.getCause() == member.thrown());
        }

        /** An interrupt cancels the members, and the wait for their end goes on. */
        @Override
        boolean endsByInterrupt() {
            return false;
        }

        @Override
        boolean hasCome() {
            return members.stream().allMatch(member -> member.task.isDone());
        }
    }

    /** Acts on the world, without waiting. */
    static final class Act extends TaskOperation {
        private final Runnable action;

        Act(Runnable action) {
            super("act", null, null, false);
            this.action = action;
        }

        @Override
        void call(Worker worker) {
            action.run();
        }

        @Override
        boolean hasCome() {
            return true;
        }
    }
}
