package io.stepoll.bench.jmh;

import io.stepoll.EventLoop;
import io.stepoll.StepResult;
import io.stepoll.Task;
import io.stepoll.sync.BoundedChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Passing an element on, by a channel and by two queues of the JDK: one is bounded, the other takes no lock. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Channels {
    private static final int CAPACITY = 1 << 10;
    private static final Object ELEMENT = new Object();

    /** What passes elements on. */
    public enum Queue {
        channel {
            @Override
            Passing make() {
                BoundedChannel<Object> channel = new BoundedChannel<>(CAPACITY);
                return new Passing() {
                    @Override
                    boolean trySend() {
                        return channel.trySend(ELEMENT);
                    }

                    @Override
                    void send() throws InterruptedException {
                        channel.send(ELEMENT);
                    }

                    @Override
                    Object tryReceive() {
                        return channel.tryReceive();
                    }

                    @Override
                    Object receive() throws InterruptedException {
                        return channel.receive();
                    }
                };
            }
        },
        arrayBlockingQueue {
            @Override
            Passing make() {
                ArrayBlockingQueue<Object> queue = new ArrayBlockingQueue<>(CAPACITY);
                return new Passing() {
                    @Override
                    boolean trySend() {
                        return queue.offer(ELEMENT);
                    }

                    @Override
                    void send() throws InterruptedException {
                        queue.put(ELEMENT);
                    }

                    @Override
                    Object tryReceive() {
                        return queue.poll();
                    }

                    @Override
                    Object receive() throws InterruptedException {
                        return queue.take();
                    }
                };
            }
        },
        linkedTransferQueue {
            @Override
            Passing make() {
                LinkedTransferQueue<Object> queue = new LinkedTransferQueue<>();
                return new Passing() {
                    @Override
                    boolean trySend() {
                        return queue.offer(ELEMENT);
                    }

                    @Override
                    void send() {
                        queue.put(ELEMENT);
                    }

                    @Override
                    Object tryReceive() {
                        return queue.poll();
                    }

                    @Override
                    Object receive() throws InterruptedException {
                        return queue.take();
                    }
                };
            }
        };

        abstract Passing make();
    }

    /** The calls that all have. */
    abstract static class Passing {
        abstract boolean trySend();

        abstract void send() throws InterruptedException;

        abstract Object tryReceive();

        abstract Object receive() throws InterruptedException;
    }

    /** A queue without a loop. */
    @State(Scope.Thread)
    public static class Alone {
        @Param
        public Queue queue;

        Passing passing;

        /** Makes the queue. */
        @Setup
        public void make() {
            passing = queue.make();
        }
    }

    /** A task that waits for each element, which a callback of the same loop sends. */
    public static class Receiving extends OpenLoop {
        @Param
        public Queue queue;

        private Passing passing;
        private final Runnable send = () -> passing.trySend();

        @Override
        protected void prepare() {
            passing = queue.make();
            loop.spawn(() -> {
                while (true) {
                    passing.receive();
                    done++;
                }
            });
            loop.step(false);
        }

        StepResult sendAndStep() {
            loop.callSoon(send);
            loop.step(false); // runs the callback, which unparks the task
            return loop.step(false);
        }
    }

    /** A task of a loop that runs on a thread of its own, and receives what the benchmark's thread sends. */
    @State(Scope.Thread)
    public static class Elsewhere {
        @Param
        public Queue queue;

        private final AtomicLong received = new AtomicLong();
        private Passing passing;
        private Task<Void> receiver;
        private long sent;

        /** Starts the receiver. */
        @Setup
        public void start(CrossThreadSubmits.Running running) {
            EventLoop loop = running.loop;
            passing = queue.make();
            receiver = loop.spawn(() -> {
                while (true) {
                    passing.receive();
                    received.setRelease(received.getPlain() + 1); // only the receiver writes it
                }
            });
        }

        /** Sends one more. One of the queues has no bound of its own. */
        void send() throws InterruptedException {
            awaitLead(CAPACITY);
            passing.send();
            sent++;
        }

        void awaitLead(long lead) {
            while (sent - received.getAcquire() > lead) {
                Thread.yield();
            }
        }

        /** Checks that each element was received. */
        @TearDown
        public void check() {
            awaitLead(0);
            receiver.cancel();
            if (received.getAcquire() != sent) {
                throw new IllegalStateException(received.getAcquire() + " received of " + sent);
            }
        }
    }

    /** One thread sends and receives: the bare calls. */
    @Benchmark
    public Object sendAndReceive(Alone state) {
        state.passing.trySend();
        return state.passing.tryReceive();
    }

    /** A callback sends to a task, which waits again. Two steps. */
    @Benchmark
    public StepResult callbackToTask(Receiving state) {
        state.steps++;
        return state.sendAndStep();
    }

    /** A thread sends to a task as fast as the two can go. */
    @Benchmark
    public void threadToTask(CrossThreadSubmits.Running running, Elsewhere state) throws InterruptedException {
        state.send();
    }

    /** A thread sends to a task that waits, on a loop that sleeps, and waits until the task has it. */
    @Benchmark
    public void threadToTaskAndBack(CrossThreadSubmits.Running running, Elsewhere state) throws InterruptedException {
        state.send();
        state.awaitLead(0);
    }
}
