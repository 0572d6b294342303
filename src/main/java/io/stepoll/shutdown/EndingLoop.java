package io.stepoll.shutdown;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.shutdown.ShutdownReport.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One loop of a {@link Shutdown}. The shutdown asks it from another loop's thread, and gets the answers later. */
final class EndingLoop {
    /**
     * The state of a loop at one look.
     *
     * @param quiet whether nothing is left but the shutdown itself and timers
     * @param begun how many tasks have begun there so far
     */
    record Look(boolean quiet, long begun) {}

    final Loop loop;

    EndingLoop(EventLoop loop) {
        this.loop = Loop.of(loop);
    }

    /** Asks on the loop's thread. A closed loop gives the other answer; a loop that stands still gives none. */
    private <T> CompletableFuture<T> ask(Supplier<T> question, T ofClosed) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (!loop.scheduler().add(() -> answer.completeAsync(question, Runnable::run))) {
            answer.complete(ofClosed);
        }
        return answer;
    }

    CompletableFuture<Boolean> stopAccepting() {
        return ask(() -> {
            loop.descriptors().draining().stopAccepting();
            return true;
        }, true);
    }

    CompletableFuture<List<String>> listening() {
        return ask(loop.descriptors().draining()::listening, List.of());
    }

    CompletableFuture<Boolean> closeListeners() {
        return ask(() -> {
            loop.descriptors().draining().closeListeners();
            return true;
        }, true);
    }

    CompletableFuture<Boolean> beginDraining() {
        return ask(() -> {
            loop.descriptors().draining().begin();
            return true;
        }, true);
    }

    CompletableFuture<Look> look(@Nullable Task<?> shutdown) {
        return ask(() -> new Look(isQuiet(shutdown), loop.tasks().begunSoFar()),
                new Look(true, 0));
    }

    CompletableFuture<Boolean> cancelAll(@Nullable Task<?> shutdown) {
        return ask(() -> {
            loop.tasks().forEach(task -> {
                if (task != shutdown && !task.isDaemon()) {
                    task.cancel();
                }
            });
            return true;
        }, true);
    }

    CompletableFuture<List<Unfinished>> unfinished(@Nullable Task<?> shutdown, boolean handlersToo) {
        return ask(() -> {
            List<Unfinished> left = new ArrayList<>();
            loop.tasks().forEach(task -> {
                if (task != shutdown && !task.isDaemon()) {
                    left.add(describe(task));
                }
            });
            if (handlersToo) {
                loop.descriptors().draining().forEachHandler((handler, interests) -> left.add(
                        new Unfinished(loop.name(), handler, "waits for " + interests, Duration.ZERO, List.of())));
            }
            if (handlersToo && left.isEmpty() && !isQuiet(shutdown)) {
                left.add(new Unfinished(loop.name(), "a virtual thread that is no task",
                        "waits for a descriptor, or is queued", Duration.ZERO, List.of()));
            }
            return left;
        }, List.of());
    }

    /** Whether nothing is left but timers, daemon tasks and the shutdown's own task. */
    private boolean isQuiet(@Nullable Task<?> shutdown) {
        boolean own = loop.tasks().find(task -> task == shutdown) != null;
        return loop.reactor().isQuiet() && loop.tasks().countWithoutDaemons() == (own ? 1 : 0);
    }

    /** Describes a task that has not ended. On the loop's thread. */
    Unfinished describe(Task<?> task) {
        Thread thread = task.thread();
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        Object blocker = LockSupport.getBlocker(thread);
        String waits = blocker instanceof Descriptor descriptor && descriptor.isOpen()
                ? ", waits for " + LoopDescriptor.of(descriptor).describe() : "";
        return new Unfinished(loop.name(), thread.toString(), "at " + userFrame(stack) + waits,
                Duration.ofNanos(loop.clock().nanoTime() - ((LoopTask<?>) task).begunNanos()), stack);
    }

    private static Object userFrame(List<StackTraceElement> stack) {
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            String folder = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            if (!folder.matches("(java|jdk|sun)\\..*|io\\.stepoll(\\.net|\\.shutdown|\\.watchdog|\\.internal\\..*)?")) {
                return frame;
            }
        }
        return stack.isEmpty() ? "its begin" : stack.getFirst();
    }

    /** Describes a loop that does not answer. */
    Unfinished standsStill() {
        Thread thread = loop.scheduler().loopThread();
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        return new Unfinished(loop.name(), "the loop itself, which does not answer,",
                "at " + (stack.isEmpty() ? "no place" : stack.getFirst()), Duration.ZERO, stack);
    }

    Unfinished nobodyAccepts(String address) {
        return new Unfinished(loop.name(), "the listener " + address, "has connections that nobody accepts",
                Duration.ZERO, List.of());
    }
}
