package io.stepoll.metrics;

/**
 * The numbers of a {@link LoopMetrics}. The order of the constants may change; their names stay.
 *
 * <p>A loop counts on its own thread, by plain stores. So a counter costs about a nanosecond, and no other thread waits
 * for it.
 *
 * @since 0.1.0
 */
public enum Metric {
    /** Steps that the loop has begun. */
    STEPS("steps begun"),
    /** Calls of epoll_wait(2). */
    POLLS("calls of epoll_wait"),
    /** Polls that were allowed to sleep, as nothing was left to do. */
    SLEEPS("polls that were allowed to sleep"),
    /** Events that the polls have reported, those of the wake-up included. */
    EVENTS("events reported by epoll, wake-ups included"),
    /** Queued callbacks that have run, and hooks of the poll. */
    CALLBACKS("queued callbacks and hooks of the poll that have run"),
    /** Callbacks, of any kind, that have thrown something. */
    CALLBACKS_FAILED("callbacks that have thrown something"),
    /** Calls of readiness handlers. */
    HANDLER_CALLS("calls of readiness handlers"),
    /** How often a task went on after a wait or a yield, or began. */
    TASK_SWITCHES("times that a task began, or went on after a wait"),
    /** Deadlines that have come: of timers, sleeps and timeouts. Those taken back before are not counted. */
    TIMERS_FIRED("deadlines that have come, of timers, sleeps and timeouts"),
    /** Deadlines that are set now: of timers, sleeps, timeouts and {@link io.stepoll.EventLoop#within}. */
    TIMERS_PENDING(Kind.GAUGE, Unit.NONE, "deadlines that are set now"),

    /** Tasks whose bodies have begun. */
    TASKS_BEGUN("tasks whose bodies have begun"),
    /** Tasks whose bodies have begun and ended, however they ended. */
    TASKS_ENDED("tasks whose bodies have begun and ended"),
    /** Tasks that have ended by an exception which is no cancel. */
    TASKS_FAILED("tasks that have ended by an exception"),
    /** Tasks that a cancel has ended, those included whose bodies never began. */
    TASKS_CANCELLED("tasks that were cancelled, those that never began included"),
    /** Tasks whose bodies have begun and not ended. */
    TASKS_LIVE(Kind.GAUGE, Unit.NONE, "tasks that have begun and not ended"),
    /** Waits for descriptors that go on now: of tasks, and of handlers, which wait all the time. */
    WAITS(Kind.GAUGE, Unit.NONE, "waits of tasks and handlers for descriptors now"),

    /** What other threads have submitted, and the loop has taken out of its inbox. */
    SUBMITS("items of other threads that the loop has taken out of its inbox"),
    /** Writes to the eventfd, by other threads, that have ended a sleep of the loop. */
    WAKE_UPS("writes to the eventfd by other threads"),
    /** What other threads have submitted, and the loop has not taken yet. */
    INBOX_DEPTH(Kind.GAUGE, Unit.NONE, "items of other threads in the inbox now"),
    /**
     * The greatest depth of the inbox that was seen so far: by the loop when it takes the items, and by whoever takes a
     * snapshot. The loop takes 4096 items at a time, and a count costs it a walk through the inbox. So it counts a
     * longer inbox once, and again when it has taken as many items; what grows and goes in between is not seen. A
     * difference has the number of the later snapshot.
     */
    INBOX_DEPTH_MOST(Kind.MAXIMUM, Unit.NONE, "greatest depth of the inbox that was seen"),
    /** Callbacks and tasks in the run queue, which the next phase of queued callbacks runs. */
    QUEUED(Kind.GAUGE, Unit.NONE, "callbacks and tasks in the run queue now"),

    /** Descriptors on the loop. */
    DESCRIPTORS(Kind.GAUGE, Unit.NONE, "descriptors on the loop now"),
    /** Connections that were accepted on this loop, wherever they went then. */
    ACCEPTS("connections accepted"),
    /** Bytes read from TCP sockets that the loop alone has. */
    TCP_BYTES_IN(Unit.BYTES, "bytes read from TCP sockets"),
    /** Bytes written to TCP sockets that the loop alone has. */
    TCP_BYTES_OUT(Unit.BYTES, "bytes written to TCP sockets"),
    /** Bytes read from Unix stream sockets that the loop alone has. */
    UNIX_BYTES_IN(Unit.BYTES, "bytes read from Unix stream sockets"),
    /** Bytes written to Unix stream sockets that the loop alone has. */
    UNIX_BYTES_OUT(Unit.BYTES, "bytes written to Unix stream sockets"),
    /** Bytes of datagrams received. */
    DATAGRAM_BYTES_IN(Unit.BYTES, "bytes of datagrams received"),
    /** Bytes of datagrams sent. */
    DATAGRAM_BYTES_OUT(Unit.BYTES, "bytes of datagrams sent"),
    /** Bytes read from what is no socket: pipes, terminals, eventfds. */
    FILE_BYTES_IN(Unit.BYTES, "bytes read from pipes and terminals"),
    /** Bytes written to what is no socket: pipes, terminals, eventfds. */
    FILE_BYTES_OUT(Unit.BYTES, "bytes written to pipes and terminals"),
    /** Bytes read from adopted sockets, which somebody else may have, too, and from sockets of further kinds. */
    OTHER_BYTES_IN(Unit.BYTES, "bytes read from adopted sockets and those of further kinds"),
    /** Bytes written to adopted sockets, which somebody else may have, too, and to sockets of further kinds. */
    OTHER_BYTES_OUT(Unit.BYTES, "bytes written to adopted sockets and those of further kinds"),
    /** System calls that read or accept, and found nothing there. */
    READ_WOULD_BLOCKS("reads and accepts that found nothing there (EAGAIN)"),
    /** System calls that write, and found no room. */
    WRITE_WOULD_BLOCKS("writes that found no room (EAGAIN)"),
    /**
     * Back-pressure: how often a task, in a write, or a {@link io.stepoll.buffer.WriteQueue} has begun to wait for
     * room, or a handler to ask for write readiness.
     */
    WRITE_WAITS("times that a task, a queue or a handler began to wait for room to write"),

    /** Offloaded work that tasks of the loop have asked for. */
    OFFLOADS("offloaded work that tasks have asked for"),
    /** Offloaded work that runs now. */
    OFFLOADS_RUNNING(Kind.GAUGE, Unit.NONE, "offloaded work that runs now"),
    /** Offloaded work that waits for a thread now. */
    OFFLOADS_WAITING(Kind.GAUGE, Unit.NONE, "offloaded work that waits for a thread now"),
    /** TLS handshakes that have succeeded. */
    TLS_HANDSHAKES("TLS handshakes that have succeeded"),
    /** TLS handshakes that have failed, and those that a close has ended, after a timeout for instance. */
    TLS_HANDSHAKES_FAILED("TLS handshakes that have failed, or were given up"),

    /**
     * Time in which the loop has run and has neither slept nor spun, the code that holds it now included: within
     * {@code run}, {@code runUntilDone} and {@code step(true)}. Steps by {@code step(false)} are not timed, as two
     * looks at the clock would cost as much as an empty step.
     */
    BUSY_NANOS(Unit.NANOSECONDS, "time in which the loop neither slept nor spun"),
    /** Time that the loop has slept in its polls, a sleep that goes on included. */
    ASLEEP_NANOS(Unit.NANOSECONDS, "time asleep in epoll_wait"),
    /** Time that the loop has spun before a sleep or in place of one; see {@link io.stepoll.IdleStrategy}. */
    SPUN_NANOS(Unit.NANOSECONDS, "time spent spinning");

    /**
     * What a number says, and how numbers of several loops go together.
     *
     * @since 0.1.0
     */
    public enum Kind {
        /** It only grows. A difference has what was added, a group the sum. */
        COUNTER,
        /** How many there are at the moment of the snapshot. A difference has the later one's, a group the sum. */
        GAUGE,
        /** The greatest so far. A difference has the later one's, a group the greatest. */
        MAXIMUM
    }

    /**
     * What a number counts.
     *
     * @since 0.1.0
     */
    public enum Unit {
        /** Things: steps, tasks, events. */
        NONE,
        /** Bytes. */
        BYTES,
        /** Nanoseconds. */
        NANOSECONDS
    }

    private final Kind kind;
    private final Unit unit;
    private final String description;

    Metric(String description) {
        this(Kind.COUNTER, Unit.NONE, description);
    }

    Metric(Unit unit, String description) {
        this(Kind.COUNTER, unit, description);
    }

    Metric(Kind kind, Unit unit, String description) {
        this.kind = kind;
        this.unit = unit;
        this.description = description;
    }

    /** {@return what the number says} */
    public Kind kind() {
        return kind;
    }

    /** {@return what the number counts} */
    public Unit unit() {
        return unit;
    }

    /** {@return a few words for a table or a help text, in English} */
    public String description() {
        return description;
    }
}
