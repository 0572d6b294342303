package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.Timer;
import io.stepoll.support.Looks;
import io.stepoll.support.TaskResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Libraries of others in tasks, unmodified, each plain and over TLS, with servers that the test starts: their waits are
 * the loop's own. -Dstepoll.libraries.queries=200 asks for a longer load.
 */
@Timeout(120)
class LibrariesTest {
    private static final int TASKS = 50;
    private static final int QUERIES = Integer.getInteger("stepoll.libraries.queries", 20);
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration MOMENT = Duration.ofMillis(100);
    private static final Duration PERIOD = Duration.ofMillis(5);
    private static final double NANOS_PER_MILLI = 1e6;

    private static Servers servers;

    private EventLoop loop;

    static List<Arguments> all() {
        return Stream.of(Library.values()).flatMap(library -> Stream.of(false, true).filter(library::has)
                .map(tls -> Arguments.of(library, tls))).toList();
    }

    static List<Arguments> pools() {
        return all().stream().filter(each -> ((Library) each.get()[0]).hasPool()).toList();
    }

    @BeforeAll
    static void makeServers() throws Exception {
        servers = new Servers();
    }

    @AfterAll
    static void endServers() throws Exception {
        servers.end();
    }

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.open();
    }

    @AfterEach
    void close() throws Exception {
        loop.close();
        servers.endClients();
    }

    /** What a test does with a library that is set up. */
    @FunctionalInterface
    private interface Use {
        void of(LibraryClient client) throws Exception;
    }

    private void with(Library library, boolean tls, int connections, Use use) throws Exception {
        String missing = library.missing();
        assumeTrue(missing == null, () -> "this needs " + missing);
        LibraryClient client = library.open(servers, tls, connections);
        try {
            inTask(() -> use.of(client));
        } finally {
            client.close();
        }
    }

    /** A failure ends the loop, too, whatever other tasks still wait for; the loop's close cancels them. */
    private void inTask(TaskBody body) throws Exception {
        Task<Void> task = loop.spawn(() -> {
            try {
                body.run();
            } finally {
                loop.stop();
            }
        });
        loop.run();
        TaskResults.of(task);
    }

    /** In a task: waits for what gives no notice, while the loop goes on. */
    private void until(Callable<Boolean> look) throws Exception {
        loop.offload(() -> {
            Looks.until(look);
            return null;
        });
    }

    private static void askAgain(LibraryClient client) throws Exception {
        try (LibraryClient.Session session = client.open()) {
            session.ask(2);
        }
    }

    /** Waits for an answer that does not come, in a task of its own. */
    private Task<Void> slowly(LibraryClient client) throws Exception {
        Task<Void> slow = loop.spawn(() -> {
            try (LibraryClient.Session session = client.open()) {
                session.ask(1);
                session.askSlowly();
            }
        });
        until(client::isWaiting);
        return slow;
    }

    @ParameterizedTest(name = "{0}, TLS: {1}")
    @MethodSource("all")
    void aDeadline(Library library, boolean tls) throws Exception {
        with(library, tls, 1, client -> {
            try (LibraryClient.Session session = client.open()) {
                session.ask(1);
                DeadlineExceededException exceeded = assertThrows(DeadlineExceededException.class,
                        () -> loop.within(LIMIT, deadline -> {
                            loop.spawn(() -> { // HttpURLConnection asks once more if it has not begun to read
                                until(client::isWaiting);
                                deadline.reset(MOMENT);
                            });
                            session.askSlowly();
                            return null;
                        }));
                assertInstanceOf(library.failure, exceeded.getCause());
            }
            askAgain(client);
        });
    }

    @ParameterizedTest(name = "{0}, TLS: {1}")
    @MethodSource("all")
    void aCancel(Library library, boolean tls) throws Exception {
        with(library, tls, 1, client -> {
            Task<Void> slow = slowly(client);
            String stack = Arrays.toString(slow.thread().getStackTrace());
            assertTrue(stack.contains("io.stepoll.internal.task.TaskWait.await"), "it waits elsewhere: " + stack);
            slow.cancel();
            Throwable cause = assertThrows(CancellationException.class, slow::join).getCause();
            assertInstanceOf(library.failure, cause);
            assertSame(Task.State.CANCELLED, slow.state());
            askAgain(client);
        });
    }

    @ParameterizedTest(name = "{0}, TLS: {1}")
    @MethodSource("all")
    void theServerIsKilled(Library library, boolean tls) throws Exception {
        with(library, tls, 1, client -> {
            Task<Void> slow = slowly(client);
            loop.offload(() -> {
                client.killServer();
                return null;
            });
            assertInstanceOf(library.failure, assertThrows(ExecutionException.class, slow::join).getCause());
            askAgain(client);
        });
    }

    /** Three tasks wait for the only connection: a deadline ends one wait, a cancel the next, the last one gets it. */
    @ParameterizedTest(name = "{0}, TLS: {1}")
    @MethodSource("pools")
    void thePoolIsExhausted(Library library, boolean tls) throws Exception {
        with(library, tls, 1, client -> {
            AutoCloseable borrowed = client.borrow();
            Task<Void> late = loop.spawn(() -> loop.within(MOMENT, () -> client.borrow().close()));
            Task<Void> cancelled = loop.spawn(() -> client.borrow().close());
            Task<Void> patient = loop.spawn(() -> client.borrow().close());
            assertInstanceOf(DeadlineExceededException.class,
                    assertThrows(ExecutionException.class, late::join).getCause());
            cancelled.cancel();
            assertThrows(CancellationException.class, cancelled::join);
            assertSame(Task.State.RUNNING, patient.state());
            borrowed.close();
            patient.join();
            askAgain(client);
        });
    }

    /** The worst lateness is printed, and not judged: other processes have a share in it. */
    @ParameterizedTest(name = "{0}, TLS: {1}")
    @MethodSource("all")
    void fiftyTasksBesideATimer(Library library, boolean tls) throws Exception {
        AtomicInteger answers = new AtomicInteger();
        with(library, tls, library.connectionsUnderLoad, client -> {
            CountDownLatch connected = new CountDownLatch(TASKS);
            CountDownLatch begin = new CountDownLatch(1);
            List<Task<Void>> tasks = new ArrayList<>();
            Lateness connecting = new Lateness();
            for (int i = 0; i < TASKS; i++) {
                tasks.add(loop.spawn(() -> {
                    try (LibraryClient.Session session = client.open()) {
                        session.ask(0);
                        connected.countDown();
                        begin.await();
                        for (int query = 0; query < QUERIES; query++) {
                            session.ask(query);
                            answers.incrementAndGet();
                        }
                    }
                }));
            }
            connected.await();
            double connectingMillis = connecting.endMillis();
            Lateness querying = new Lateness();
            begin.countDown();
            for (Task<Void> task : tasks) {
                task.join();
            }
            System.out.printf("%s%s: %d queries of %d tasks; worst lateness of a 5 ms timer %.1f ms, and %.1f ms"
                    + " while they connected%n", library, tls ? " over TLS" : "", answers.get(), TASKS,
                    querying.endMillis(), connectingMillis);
        });
        assertEquals(TASKS * QUERIES, answers.get());
    }

    /** A timer of the loop, and how late it was at worst. */
    private final class Lateness {
        private final Timer timer;
        private long lastNanos = System.nanoTime();
        private long worstNanos;

        Lateness() {
            timer = loop.callAtFixedRate(PERIOD, PERIOD, this::tick);
        }

        private void tick() {
            long nowNanos = System.nanoTime();
            worstNanos = Math.max(worstNanos, nowNanos - lastNanos - PERIOD.toNanos());
            lastNanos = nowNanos;
        }

        double endMillis() {
            timer.cancel();
            return worstNanos / NANOS_PER_MILLI;
        }
    }
}
