package io.stepoll.internal.task;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SignalWatch;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import io.stepoll.VirtualClock;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Signals;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.AbstractAddress;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.sync.BoundedChannel;
import io.stepoll.sync.Notify;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;

/** Everything that a task can wait for, each with the action that ends the wait, for {@link CancellationTest}. */
enum Waits {
    SLEEP {
        @Override
        void open(Subject subject) {
            subject.does(() -> subject.loop.sleep(HOUR), () -> subject.clock.advance(HOUR));
        }
    },
    YIELD {
        @Override
        void open(Subject subject) {
            subject.does(() -> subject.loop.sleep(Duration.ZERO), () -> {});
        }
    },
    READ_OWN {
        @Override
        void open(Subject subject) throws IOException {
            Descriptor socket = subject.rawPeer(subject.loop::own);
            subject.keeps().does(() -> socket.read(subject.buffer), subject::peerSends);
        }
    },
    READ_SHARED {
        @Override
        void open(Subject subject) throws IOException {
            Descriptor socket = subject.rawPeer(subject.loop::adopt);
            subject.keeps().does(() -> socket.read(subject.buffer), subject::peerSends);
        }
    },
    READ_WITH_TIMEOUT {
        @Override
        void open(Subject subject) throws IOException {
            StreamSocket socket = subject.pair();
            subject.keeps().does(() -> socket.read(subject.buffer, HOUR), subject::peerSends);
        }
    },
    READ_VECTORED {
        @Override
        void open(Subject subject) throws IOException {
            StreamSocket socket = subject.pair();
            ByteBuffer second = ByteBuffer.allocate(8);
            subject.keeps().does(() -> socket.read(new ByteBuffer[] {subject.buffer, second}), subject::peerSends);
        }
    },
    AWAIT_READABLE {
        @Override
        void open(Subject subject) throws IOException {
            Descriptor socket = subject.rawPeer(subject.loop::adopt);
            subject.keeps().does(() -> socket.awaitReadable(), subject::peerSends);
        }
    },
    WRITE_OWN {
        @Override
        void open(Subject subject) throws IOException {
            Descriptor socket = subject.full(subject.rawPeer(subject.loop::own));
            subject.keeps().does(() -> socket.write(subject.buffer), subject::peerDrains);
        }
    },
    WRITE_SHARED {
        @Override
        void open(Subject subject) throws IOException {
            Descriptor socket = subject.full(subject.rawPeer(subject.loop::adopt));
            subject.keeps().does(() -> socket.write(subject.buffer), subject::peerDrains);
        }
    },
    WRITE_VECTORED {
        @Override
        void open(Subject subject) throws IOException {
            StreamSocket socket = subject.pair();
            subject.full(socket.descriptor());
            subject.keeps().does(() -> socket.write(new ByteBuffer[] {subject.buffer}), subject::peerDrains);
        }
    },
    AWAIT_WRITABLE {
        @Override
        void open(Subject subject) throws IOException {
            Descriptor socket = subject.full(subject.rawPeer(subject.loop::own));
            subject.keeps().does(() -> socket.awaitWritable(), subject::peerDrains);
        }
    },
    RECEIVE_DATAGRAM {
        @Override
        void open(Subject subject) throws IOException {
            DatagramEndpoint[] pair = subject.datagrams();
            subject.keeps().does(() -> pair[0].read(subject.buffer), subject::peerSends);
        }
    },
    RECEIVE_BATCH {
        @Override
        void open(Subject subject) throws IOException {
            DatagramEndpoint[] pair = subject.datagrams();
            DatagramBatch batch = new DatagramBatch(4, 64);
            subject.keeps().does(() -> pair[0].receiveBatch(batch), subject::peerSends);
        }
    },
    SEND_DATAGRAM {
        @Override
        void open(Subject subject) throws IOException {
            DatagramEndpoint[] pair = subject.datagrams();
            subject.full(pair[0].descriptor());
            subject.keeps().does(() -> pair[0].write(subject.buffer), subject::peerDrains);
        }
    },
    ACCEPT_UNIX {
        @Override
        void open(Subject subject) throws IOException {
            RawAddress address = RawSockets.freshAddress();
            Descriptor listener = subject.own(subject.loop.own(RawSockets.listener(address)));
            subject.keeps().does(() -> listener.accept(),
                    () -> subject.ownNumber(RawSockets.connect(address)));
        }
    },
    ACCEPT_TCP {
        @Override
        void open(Subject subject) throws IOException {
            Listener listener = subject.own(Listener.bind(subject.loop, Addresses.parse("tcp:127.0.0.1:0")));
            int number = listener.descriptor().fd();
            subject.keeps().does(() -> listener.accept(), () -> {
                subject.ownNumber(RawSockets.connect(RawAddress.local(number)));
                while (Sockets.pollIn(number) == 0) { // the kernel may finish the handshake a moment later
                    Thread.onSpinWait();
                }
            });
        }
    },
    CONNECT_UNIX {
        @Override
        void open(Subject subject) throws Exception {
            connectToFull(subject, AbstractAddress.of("stepoll-cancel-" + UUID.randomUUID()));
        }
    },
    CONNECT_TCP {
        @Override
        void open(Subject subject) throws Exception {
            connectToFull(subject, Addresses.parse("tcp:127.0.0.1:0"));
        }
    },
    JOIN {
        @Override
        void open(Subject subject) {
            CountDownLatch latch = new CountDownLatch(1);
            Task<Void> other = subject.loop.spawn(() -> latch.await());
            subject.own(latch::countDown);
            subject.keeps().does(other::join, latch::countDown);
        }
    },
    GROUP_JOIN {
        @Override
        void open(Subject subject) {
            subject.does(() -> {
                try (TaskGroup<Void> group = subject.loop.openGroup()) {
                    group.spawn(() -> subject.loop.sleep(HOUR));
                    return group.join();
                }
            }, () -> subject.clock.advance(HOUR));
        }
    },
    NEXT_ENDED {
        @Override
        void open(Subject subject) {
            subject.does(() -> {
                try (TaskGroup<Void> group = subject.loop.openGroup()) {
                    group.spawn(() -> subject.loop.sleep(HOUR));
                    return group.nextEnded().join();
                }
            }, () -> subject.clock.advance(HOUR));
        }
    },
    RACE_JOIN {
        @Override
        void open(Subject subject) {
            subject.does(() -> {
                try (TaskRace<Void> race = subject.loop.openRace()) {
                    race.spawn(() -> subject.loop.sleep(HOUR));
                    race.spawn(() -> subject.loop.sleep(HOUR.multipliedBy(2)));
                    return race.join();
                }
            }, () -> subject.clock.advance(HOUR));
        }
    },
    WITHIN {
        @Override
        void open(Subject subject) {
            subject.does(() -> subject.loop.within(HOUR.multipliedBy(100), () -> subject.loop.sleep(HOUR)),
                    () -> subject.clock.advance(HOUR));
        }
    },
    WITHIN_A_MOVED_DEADLINE {
        @Override
        void open(Subject subject) {
            subject.does(() -> subject.loop.within(HOUR, deadline -> {
                deadline.extend(HOUR.multipliedBy(100));
                subject.loop.sleep(HOUR);
                return null;
            }), () -> subject.clock.advance(HOUR));
        }
    },
    SIGNAL_WATCH {
        @Override
        void open(Subject subject) {
            SignalWatch watch = subject.own(subject.loop.watchSignals("WINCH"));
            subject.keeps().does(() -> watch.await(), sender(subject));
        }
    },
    SIGNAL {
        @Override
        void open(Subject subject) {
            Runnable sender = sender(subject);
            subject.does(() -> subject.loop.awaitSignal("WINCH"), sender);
        }
    },
    THREAD_SLEEP {
        @Override
        void open(Subject subject) {
            subject.does(() -> Thread.sleep(HOUR), null); // the JDK's sleep is one of the waits to be ended
        }
    },
    LOCK {
        @Override
        void open(Subject subject) {
            ReentrantLock lock = new ReentrantLock();
            CountDownLatch latch = new CountDownLatch(1);
            subject.own(latch::countDown);
            subject.loop.spawn(() -> {
                lock.lock();
                latch.await();
                lock.unlock();
            });
            subject.keeps().does(() -> {
                lock.lockInterruptibly();
                lock.unlock();
            }, latch::countDown);
        }
    },
    MONITOR {
        @Override
        void open(Subject subject) {
            boolean[] notified = new boolean[1];
            subject.keeps().does(() -> {
                synchronized (notified) {
                    while (!notified[0]) {
                        notified.wait();
                    }
                }
            }, () -> {
                synchronized (notified) { // free: the task has left it to wait
                    notified[0] = true;
                    notified.notifyAll();
                }
            });
        }
    },
    QUEUE {
        @Override
        void open(Subject subject) {
            LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
            subject.keeps().does(queue::take, () -> queue.add("item"));
        }
    },
    CHANNEL_RECEIVE {
        @Override
        void open(Subject subject) {
            BoundedChannel<String> channel = new BoundedChannel<>(1);
            subject.keeps().does(() -> channel.receive(), () -> channel.trySend("element"));
        }
    },
    CHANNEL_RECEIVE_WITH_TIMEOUT {
        @Override
        void open(Subject subject) {
            BoundedChannel<String> channel = new BoundedChannel<>(1);
            subject.keeps().does(() -> channel.receive(HOUR), () -> channel.trySend("element"));
        }
    },
    CHANNEL_SEND {
        @Override
        void open(Subject subject) {
            BoundedChannel<String> channel = new BoundedChannel<>(1);
            channel.trySend("first");
            subject.keeps().does(() -> channel.send("second"), () -> channel.tryReceive());
        }
    },
    NOTIFY {
        @Override
        void open(Subject subject) {
            Notify notify = new Notify();
            subject.keeps().does(() -> notify.await(), notify::notifyOne);
        }
    };

    private static final Duration HOUR = Duration.ofHours(1);

    abstract void open(Subject subject) throws Exception;

    /** Sends the signal, and waits until it has come to those who listen. */
    private static Runnable sender(Subject subject) {
        return () -> {
            try (SignalWatch last = subject.loop.watchSignals("WINCH")) { // the one that listens last is told last
                RawSockets.check(Signals.send(Signals.number("WINCH")));
                while (last.tryAwait() == null) {
                    Thread.onSpinWait();
                }
            }
        };
    }

    /** The queue of the listener has room for one connection. The next one waits as long as nobody accepts. */
    private static void connectToFull(Subject subject, SocketAddress address) throws Exception {
        Listener listener = subject.own(Listener.bind(subject.loop, address, 0));
        SocketAddress bound = listener.localAddress();
        Task<StreamSocket> first = subject.loop.spawn(() -> StreamSocket.connect(subject.loop, bound));
        while (!first.isDone()) {
            subject.loop.step(false);
        }
        subject.own(first.join());
        subject.does(() -> StreamSocket.connect(subject.loop, bound), null);
    }

    /** One wait, and the resources that it needs. */
    static final class Subject {
        /** How the loop takes a descriptor. */
        @FunctionalInterface
        interface Way {
            Descriptor take(int fd) throws IOException;
        }

        final EventLoop loop;
        final VirtualClock clock;
        final ByteBuffer buffer = ByteBuffer.allocate(1);
        Callable<?> operation;
        Runnable ready; // ends the wait; null if nothing does within a test
        boolean keepsReady; // whether a cancel leaves the operation ready
        private final Deque<AutoCloseable> owned = new ArrayDeque<>();
        private int peer;

        Subject(EventLoop loop, VirtualClock clock) {
            this.loop = loop;
            this.clock = clock;
        }

        void does(Callable<?> newOperation, Runnable makeReady) {
            operation = newOperation;
            ready = makeReady;
        }

        void does(TaskBody newOperation, Runnable makeReady) {
            does(newOperation.asCallable(), makeReady);
        }

        Subject keeps() {
            keepsReady = true;
            return this;
        }

        <T extends AutoCloseable> T own(T resource) {
            owned.push(resource);
            return resource;
        }

        void ownNumber(int fd) {
            owned.push(() -> RawSockets.close(fd));
        }

        Descriptor rawPeer(Way way) throws IOException {
            int[] ends = RawSockets.pair();
            RawSockets.smallSendBuffer(ends[0], 4096);
            peer = ends[1];
            ownNumber(peer);
            return own(way.take(ends[0]));
        }

        StreamSocket pair() throws IOException {
            StreamSocket[] pair = StreamSocket.pair(loop);
            own(pair[0]);
            peer = own(pair[1]).descriptor().fd();
            return pair[0];
        }

        DatagramEndpoint[] datagrams() throws IOException {
            DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
            own(pair[0]);
            peer = own(pair[1]).descriptor().fd();
            return pair;
        }

        Descriptor full(Descriptor socket) throws IOException {
            while (socket.tryWrite(ByteBuffer.allocate(2048)) > 0) {
                Thread.onSpinWait();
            }
            return socket;
        }

        void peerSends() {
            RawSockets.check(RawSockets.send(peer, 1));
        }

        void peerDrains() {
            while (RawSockets.recv(peer) > 0) {
                Thread.onSpinWait();
            }
        }

        public void close() throws Exception {
            for (AutoCloseable resource : owned) {
                resource.close();
            }
        }
    }
}
