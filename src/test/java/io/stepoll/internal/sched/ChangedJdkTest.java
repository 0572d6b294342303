package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.ChangedJdk;
import io.stepoll.support.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What of the library works on a JDK whose virtual threads are made in another way than in those of today. */
@Timeout(120)
class ChangedJdkTest {
    @TempDir
    private Path folder;

    @Test
    void withoutTheConstructorTheRefusalNamesItAndCallbacksWork() throws Exception {
        List<String> printed = ChildJvm.runWell(new ChangedJdk(folder).withoutConstructor().options(),
                WithoutContinuations.class).lines().toList();
        List<String> refusals = printed.stream().filter(line -> line.startsWith("refused: ")).toList();
        assertEquals(2, refusals.size(), printed::toString);
        for (String refusal : refusals) {
            assertTrue(refusal.contains("has no Thread.Builder.OfVirtual.scheduler and no "
                    + "ThreadBuilders.VirtualThreadBuilder(Executor)"), refusal);
        }
        assertEquals(List.of("failure: thrown", "handler", "queued", "scheduled", "submitted", "timer"),
                printed.stream().filter(line -> !line.startsWith("refused")).sorted().toList());
    }

    @Test
    void aPublicMethodThatTakesAnExecutorIsEnough() throws Exception {
        assertTasksRun(new ChangedJdk(folder).withoutConstructor().withSchedulerMethod(), true);
    }

    @Test
    void aPublicMethodThatTakesASchedulerIsEnough() throws Exception {
        assertTasksRun(new ChangedJdk(folder).withoutConstructor().withSchedulerType(), true);
    }

    /** A thread that a task starts runs beside the loop then, and its waits are no tasks' waits. */
    @Test
    void withoutInheritanceOnlyTasksRunOnTheLoop() throws Exception {
        assertTasksRun(new ChangedJdk(folder).withoutInheritance(), false);
    }

    /** On a JDK as it is, a thread that is started may wait first for a class that another thread initializes. */
    @Test
    void aTaskThatTheJdkHoldsUpBeforeItsBodyIsWaitedFor() throws Exception {
        assertEquals(List.of("task", "done: true", "task of another thread", "done: true", "cancelled: true"),
                ChildJvm.runWell(new ChangedJdk(folder).withMonitorBeforeEachBody(HeldUpTasks.MONITOR).options(),
                        HeldUpTasks.class).lines().toList());
    }

    private static void assertTasksRun(ChangedJdk jdk, boolean inherits) throws Exception {
        assertEquals(List.of("task on the loop: true", "slept", "child on the loop: " + inherits, "joined: 42",
                "callback: done"), ChildJvm.runWell(jdk.options(), TasksAndTheirThreads.class).lines().toList());
    }
}
