package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.net.JavaSocketKit.Transcript;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The JDK's own sockets are the reference: the same cases with sockets of the JDK and with those of the factories come
 * out alike, step by step, in a platform thread, in a virtual thread of the JDK, and in a task.
 */
@Timeout(60)
class JavaSocketsTest {
    /** Where a case runs. */
    private enum Where {
        PLATFORM_THREAD {
            @Override
            void run(Body body) throws Exception {
                join(body, Thread.ofPlatform());
            }
        },
        VIRTUAL_THREAD {
            @Override
            void run(Body body) throws Exception {
                join(body, Thread.ofVirtual());
            }
        },
        TASK {
            @Override
            void run(Body body) throws Exception {
                try (EventLoop loop = EventLoop.open()) {
                    var task = loop.spawn(body::run);
                    loop.runUntilDone();
                    task.join();
                }
            }
        };

        abstract void run(Body body) throws Exception;

        /** Where the JDK's sockets run the case: in a task they behave as in any virtual thread. */
        Where ofReference() {
            return this == PLATFORM_THREAD ? PLATFORM_THREAD : VIRTUAL_THREAD;
        }

        private static void join(Body body, Thread.Builder builder) throws Exception {
            FutureTask<Void> run = new FutureTask<>(() -> {
                body.run();
                return null;
            });
            builder.start(run);
            try {
                run.get();
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause());
            }
        }
    }

    private interface Body {
        void run() throws Exception;
    }

    @BeforeAll
    static void countCases() {
        int cases = JavaSocketCase.values().length + JavaOptionCase.values().length;
        assertTrue(cases >= 80, () -> cases + " cases");
    }

    static Stream<Arguments> cases() {
        return Stream.of(JavaSocketCase.values()).flatMap(one -> Stream.of(Where.values())
                .map(where -> Arguments.of(one, where)));
    }

    static Stream<Arguments> optionCases() {
        return Stream.of(JavaOptionCase.values()).flatMap(one -> Stream.of(Where.values())
                .map(where -> Arguments.of(one, where)));
    }

    @ParameterizedTest
    @MethodSource
    void cases(JavaSocketCase one, Where where) throws Exception {
        compare(one::run, where);
    }

    @ParameterizedTest
    @MethodSource
    void optionCases(JavaOptionCase one, Where where) throws Exception {
        compare(one::run, where);
    }

    private static void compare(JavaSocketCase.Body body, Where where) throws Exception {
        Transcript expected = new Transcript();
        where.ofReference().run(() -> body.run(JavaSocketKit.JDK, expected));
        Transcript actual = new Transcript();
        where.run(() -> body.run(JavaSocketKit.OURS, actual));
        assertEquals(expected.toString(), actual.toString());
        assertTrue(expected.toString().contains(" -> "), "the case has no step");
    }

    @Test
    void theComparisonSeesADifference() {
        Transcript one = new Transcript();
        one.of("step", () -> 1);
        Transcript other = new Transcript();
        other.run("step", () -> {
            throw new IllegalStateException("1");
        });
        assertEquals("step -> 1\n", one.toString());
        assertEquals("step -> java.lang.IllegalStateException: 1\n", other.toString());
    }
}
