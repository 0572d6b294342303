package io.stepoll.internal.loop;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import io.stepoll.Timer;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.support.RawSockets;
import io.stepoll.watchdog.Watchdog;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A child's main, from folders of classes and with few descriptors: opens a loop, takes all descriptors that are left,
 * and then does what a server does. Prints {@code EXHAUSTED} at that moment, and then each error of the JVM that says
 * that something could not be loaded or linked. Its own classes are loaded before.
 */
final class ServerOutOfDescriptors {
    private static final Duration MOMENT = Duration.ofMillis(5);
    private static final ArrayDeque<int[]> PAIRS = new ArrayDeque<>();

    /** So that no descriptor comes free by a garbage collection. */
    private static final List<StreamSocket> KEPT = new ArrayList<>();

    private ServerOutOfDescriptors() {}

    /** Something that a server does. What it throws is what the server would get. */
    private interface Deed {
        void run(EventLoop loop) throws Exception;
    }

    private static final class Handler implements ReadinessHandler {
        @Override
        public void readable(Descriptor descriptor) throws IOException {
            if (descriptor.tryRead(ByteBuffer.allocate(8)) == -1) {
                descriptor.close();
            }
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            descriptor.tryWrite(ByteBuffer.allocate(1));
            descriptor.handle(this, true, false);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int listener = RawSockets.listener(RawSockets.freshAddress());
        int udp = RawSockets.check(Sockets.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM));
        for (int i = 0; i < 30; i++) {
            PAIRS.add(RawSockets.pair());
        }
        SocketAddress address = Addresses.parse("unix:@stepoll-out-of-descriptors");
        EventLoop loop = EventLoop.open();
        StartingClasses.await();
        for (Class<?> own : ServerOutOfDescriptors.class.getDeclaredClasses()) {
            Class.forName(own.getName());
        }
        System.out.println("EXHAUSTED");
        for (Deed deed : List.<Deed>of(ServerOutOfDescriptors::callbacks, ServerOutOfDescriptors::tasks,
                ServerOutOfDescriptors::ends, ServerOutOfDescriptors::handlers, ServerOutOfDescriptors::executors,
                on -> accepts(on, listener, address), on -> opens(on, address), on -> datagrams(on, udp),
                ServerOutOfDescriptors::stalls)) {
            exhaust();
            told(() -> deed.run(loop));
        }
        exhaust();
        told(() -> {
            CompletableFuture<?> report = Shutdown.of(loop).stopAccepting(MOMENT).drain(MOMENT).abort(MOMENT).start();
            loop.spawn(() -> loop.sleep(Duration.ofDays(1)));
            loop.run();
            report.get();
        });
        Object monitor = new Object();
        CompletableFuture<Void> mayEnd = new CompletableFuture<>();
        Thread owner = holds(monitor, mayEnd);
        loop.spawn("blocked", () -> {
            synchronized (monitor) {
                failing();
            }
        });
        loop.step(false);
        told(loop::close);
        told(() -> loop.callSoon(() -> {}));
        mayEnd.complete(null);
        owner.join();
        System.out.println("OVER");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Takes the descriptors that are left. */
    private static void exhaust() {
        while (Descriptors.eventfd() >= 0) {
            // Until there is none.
        }
    }

    private interface Code {
        void run() throws Exception;
    }

    private static void told(Code code) {
        try {
            code.run();
        } catch (Throwable thrown) {
            tell(thrown);
        }
    }

    private static void tell(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof LinkageError || cause instanceof ClassNotFoundException) {
                System.out.println("BROKEN " + cause + " at " + List.of(thrown.getStackTrace()).subList(0,
                        Math.min(6, thrown.getStackTrace().length)));
            }
        }
    }

    private static Thread holds(Object monitor, CompletableFuture<Void> mayEnd) throws Exception {
        CompletableFuture<Void> held = new CompletableFuture<>();
        Thread owner = Thread.ofPlatform().daemon().start(() -> {
            synchronized (monitor) {
                held.complete(null);
                mayEnd.join();
            }
        });
        held.get();
        return owner;
    }

    private static void failing() {
        throw new IllegalStateException("meant");
    }

    private static void callbacks(EventLoop loop) {
        loop.callSoon(ServerOutOfDescriptors::failing);
        loop.callLater(Duration.ZERO, ServerOutOfDescriptors::failing);
        int[] left = {2};
        List<Timer> timers = new ArrayList<>();
        Runnable tick = () -> {
            if (--left[0] <= 0) {
                timers.forEach(Timer::cancel);
            }
        };
        timers.add(loop.callAtFixedRate(Duration.ZERO, MOMENT, tick));
        timers.add(loop.callWithFixedDelay(Duration.ZERO, MOMENT, tick));
        loop.callSoon(() -> told(() -> loop.sleep(MOMENT)));
        loop.callSoon(() -> told(() -> loop.step(true)));
        loop.runUntilDone();
    }

    private static void tasks(EventLoop loop) {
        Task<Void> failed = loop.spawn("failing", ServerOutOfDescriptors::failing);
        loop.spawn("nobody joins this", ServerOutOfDescriptors::failing);
        Task<Void> cancelled = loop.spawn(() -> loop.sleep(Duration.ofDays(1)));
        for (Task<Void> task : List.of(failed, cancelled)) {
            loop.spawn(() -> told(task::join));
            task.toCompletableFuture().exceptionally(thrown -> {
                tell(thrown);
                return null;
            });
        }
        List<Deed> deeds = List.of(on -> on.within(MOMENT, () -> on.sleep(Duration.ofDays(1))),
                on -> on.within(MOMENT, () -> on.within(Duration.ofDays(1), () -> on.sleep(Duration.ofDays(1)))),
                on -> on.offload(() -> 1), on -> on.offload(() -> {
                    failing();
                    return 1;
                }), on -> {
                    try (TaskGroup<Object> group = on.openGroup()) {
                        group.spawn(() -> 1);
                        group.spawn(() -> {
                            failing();
                            return 1;
                        });
                        group.join();
                    }
                }, on -> {
                    try (TaskRace<Object> race = on.openRace()) {
                        race.spawn(() -> 1);
                        race.spawn(() -> {
                            on.sleep(Duration.ofDays(1));
                            return 1;
                        });
                        race.join();
                    }
                }, on -> Thread.sleep(1), on -> TimeUnit.MILLISECONDS.sleep(1)); // the JDK's sleeps are tested, too
        for (Deed deed : deeds) {
            loop.spawn(() -> told(() -> deed.run(loop)));
        }
        loop.callLater(MOMENT, cancelled::cancel);
        loop.runUntilDone();
    }

    private static StreamSocket[] sockets(EventLoop loop) throws Exception {
        int[] pair = PAIRS.poll();
        StreamSocket[] sockets = {StreamSocket.own(loop, pair[0]), StreamSocket.own(loop, pair[1])};
        KEPT.addAll(List.of(sockets));
        return sockets;
    }

    /** Each way in which a read or a write ends. */
    private static void ends(EventLoop loop) throws Exception {
        List<Callable<Object>> deeds = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            StreamSocket[] two = sockets(loop);
            int way = i;
            deeds.add(() -> {
                ByteBuffer buffer = ByteBuffer.allocate(64);
                switch (way) {
                    case 0 -> two[0].read(buffer, MOMENT);
                    case 1 -> {
                        two[1].write(ByteBuffer.allocate(1));
                        two[0].close();
                        two[1].read(buffer); // a reset
                    }
                    case 2 -> {
                        two[1].close();
                        two[0].write(buffer);
                        two[0].write(buffer.clear()); // a broken pipe
                    }
                    case 3 -> {
                        loop.callLater(MOMENT, two[0]::close);
                        two[0].read(buffer);
                    }
                    case 4 -> {
                        Task<?> own = Task.current();
                        loop.callLater(MOMENT, own::cancel);
                        two[0].read(buffer);
                    }
                    case 5 -> loop.within(MOMENT, () -> two[0].read(buffer));
                    case 6 -> two[0].write(new ByteBuffer[] {ByteBuffer.allocateDirect(10), buffer});
                    case 7 -> {
                        two[0].close();
                        two[0].read(buffer);
                    }
                    case 8 -> two[0].awaitRequest();
                    default -> two[0].write(new ByteBuffer[] {buffer, ByteBuffer.allocate(1)}, 0, 2);
                }
                return null;
            });
            if (way == 8) {
                loop.callLater(MOMENT, two[1]::close);
            }
        }
        for (Callable<Object> deed : deeds) {
            loop.spawn(() -> told(deed::call));
        }
        loop.runUntilDone();
    }

    private static void handlers(EventLoop loop) throws Exception {
        StreamSocket[] two = sockets(loop);
        StreamSocket[] others = sockets(loop);
        StreamSocket[] reset = sockets(loop);
        two[0].descriptor().handle(descriptor -> failing(), true, false); // which closes it
        others[0].descriptor().handle(new Handler(), true, true);
        reset[0].tryWrite(ByteBuffer.allocate(1));
        reset[1].tryWrite(ByteBuffer.allocate(1));
        reset[0].descriptor().handle(descriptor -> {
            descriptor.tryRead(ByteBuffer.allocate(8));
        }, true, false);
        two[1].tryWrite(ByteBuffer.allocate(1));
        loop.step(false);
        reset[1].close();
        others[1].close();
        for (int i = 0; i < 10; i++) {
            loop.step(false);
        }
        two[1].close();
    }

    private static void executors(EventLoop loop) {
        var scheduled = loop.asScheduledExecutor();
        scheduled.schedule(ServerOutOfDescriptors::failing, 0, TimeUnit.NANOSECONDS);
        var periodic = scheduled.scheduleAtFixedRate(ServerOutOfDescriptors::failing, 0, 1, TimeUnit.MILLISECONDS);
        scheduled.submit(ServerOutOfDescriptors::failing);
        scheduled.execute(ServerOutOfDescriptors::failing);
        ExecutorService tasks = loop.asTaskExecutor();
        tasks.execute(ServerOutOfDescriptors::failing);
        var future = tasks.submit(ServerOutOfDescriptors::failing);
        loop.spawn(() -> told(future::get));
        loop.callLater(MOMENT, () -> periodic.cancel(true));
        loop.runUntilDone();
        scheduled.shutdownNow();
        tasks.shutdown();
        told(() -> scheduled.execute(() -> {}));
    }

    /** Accepting goes on once there are descriptors. */
    private static void accepts(EventLoop loop, int number, SocketAddress address) throws Exception {
        Listener listener = Listener.adopt(loop, number);
        Task<StreamSocket> accepted = loop.spawn(() -> listener.accept(Duration.ofMillis(100)));
        loop.spawn(() -> told(accepted::join));
        loop.spawn(() -> told(() -> StreamSocket.connect(loop, listener.localAddress())));
        loop.spawn(() -> told(() -> StreamSocket.connect(loop, address)));
        loop.spawn(() -> told(() -> StreamSocket.connect(loop, Addresses.parse("tcp:127.0.0.1:1"), MOMENT)));
        loop.spawn(() -> told(() -> StreamSocket.connect(loop, Addresses.parse("tcp:localhost:1"))));
        loop.runUntilDone();
        loop.callSoon(() -> told(listener::tryAccept));
        loop.step(false);
        listener.close();
    }

    private static void opens(EventLoop loop, SocketAddress address) {
        told(() -> Listener.bind(loop, address));
        told(() -> DatagramEndpoint.bind(loop, address));
        told(() -> StreamSocket.pair(loop));
        told(EventLoop::open);
        told(() -> LoopGroup.builder().loops(1).open());
        told(() -> FileChannel.open(Path.of("/dev/null")));
        told(() -> loop.adopt(12345));
        told(() -> Server.builder(loop).serve(connection -> {}).open(address));
    }

    private static void datagrams(EventLoop loop, int udp) throws Exception {
        Descriptor descriptor = loop.own(udp);
        loop.spawn(() -> told(() -> descriptor.awaitReadable(MOMENT)));
        loop.spawn(() -> told(() -> descriptor.recv(ByteBuffer.allocate(1), Descriptor.MSG_DONTWAIT)));
        loop.runUntilDone();
        descriptor.close();
    }

    private static void stalls(EventLoop loop) {
        AtomicBoolean reported = new AtomicBoolean();
        try (Watchdog watchdog = Watchdog.start(MOMENT, stall -> {
            stall.toString();
            reported.set(true);
        })) {
            watchdog.watch(loop);
            loop.callSoon(() -> {
                while (!reported.get()) {
                    Thread.onSpinWait();
                }
            });
            loop.runUntilDone();
        }
    }
}
