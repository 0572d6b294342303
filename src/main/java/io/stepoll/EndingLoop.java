package io.stepoll;

import io.stepoll.ShutdownReport.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** One loop of a {@link Shutdown}, which asks it things from another loop's thread, and gets the answers later. */
final class EndingLoop {
    /**
     * How a loop was found.
     *
     * @param quiet whether nothing is left but the shutdown itself and timers
     * @param begun how many tasks have begun there so far
     */
    record Look(boolean quiet, long begun) {}

    final EventLoop loop;
    private final Reactor reactor;

    EndingLoop(EventLoop loop) {
        this.loop = loop;
        reactor = loop.reactor();
    }

    /** Asks on the loop's thread. A closed loop gives the other answer, and one that stands still none. */
    private <T> CompletableFuture<T> ask(Supplier<T> question, T ofClosed) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (!reactor.scheduler.add(() -> answer.completeAsync(question, Runnable::run))) {
            answer.complete(ofClosed);
        }
        return answer;
    }

    CompletableFuture<Boolean> stopAccepting() {
        return ask(() -> {
            reactor.draining.stopAccepting();
            return true;
        }, true);
    }

    CompletableFuture<List<String>> listening() {
        return ask(reactor.draining::listening, List.of());
    }

    CompletableFuture<Boolean> closeListeners() {
        return ask(() -> {
            reactor.draining.closeListeners();
            return true;
        }, true);
    }

    CompletableFuture<Boolean> beginDraining() {
        return ask(() -> {
            reactor.draining.begin();
            return true;
        }, true);
    }

    CompletableFuture<Look> look(Suspension shutdown) {
        return ask(() -> new Look(isQuiet(shutdown), reactor.liveTasks.begun()),
                new Look(true, 0));
    }

    CompletableFuture<Boolean> cancelAll(Suspension shutdown) {
        return ask(() -> {
            reactor.liveTasks.forEach(task -> {
                if (task != shutdown) {
                    task.cancel();
                }
            });
            return true;
        }, true);
    }

    CompletableFuture<List<Unfinished>> unfinished(Suspension shutdown, boolean handlersToo) {
        return ask(() -> {
            List<Unfinished> left = new ArrayList<>();
            reactor.liveTasks.forEach(task -> {
                if (task != shutdown) {
                    left.add(describe(task));
                }
            });
            if (handlersToo && left.isEmpty() && !isQuiet(shutdown)) {
                left.add(new Unfinished(reactor.name, "a handler, or a virtual thread that is no task,",
                        "waits for a descriptor", Duration.ZERO, List.of()));
            }
            return left;
        }, List.of());
    }

    /** Like {@link Reactor#isDone}, but for timers and the shutdown's own task. */
    private boolean isQuiet(Suspension shutdown) {
        return reactor.waiters == 0 && reactor.liveTasks.count() == (shutdown.reactor == reactor ? 1 : 0)
                && !reactor.scheduler.hasWork();
    }

    /** On the loop's thread. */
    Unfinished describe(Task<?> task) {
        Thread thread = task.thread();
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        Object blocker = LockSupport.getBlocker(thread);
        String waits = blocker instanceof Descriptor descriptor && descriptor.isOpen()
                ? ", waits for " + descriptor.describe() : "";
        return new Unfinished(reactor.name, thread.toString(), "at " + userFrame(stack) + waits,
                Duration.ofNanos(reactor.clock.nanoTime() - ((LoopTask<?>) task).begunNanos()), stack);
    }

    private static Object userFrame(List<StackTraceElement> stack) {
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            String folder = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            if (!folder.matches("(java|jdk|sun)\\..*|io\\.stepoll(\\.net|\\.internal\\..*)?")) {
                return frame;
            }
        }
        return stack.isEmpty() ? "its begin" : stack.getFirst();
    }

    /** What to say of a loop that does not answer. */
    Unfinished standsStill() {
        Thread thread = reactor.scheduler.loopThread();
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        return new Unfinished(reactor.name, "the loop itself, which does not answer,",
                "at " + (stack.isEmpty() ? "no place" : stack.getFirst()), Duration.ZERO, stack);
    }

    Unfinished nobodyAccepts(String address) {
        return new Unfinished(reactor.name, "the listener " + address, "has connections that nobody accepts",
                Duration.ZERO, List.of());
    }
}
