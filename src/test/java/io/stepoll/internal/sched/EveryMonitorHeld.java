package io.stepoll.internal.sched;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.support.Actors;
import io.stepoll.support.Actors.Actor;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A child's main. A task enters every monitor that is there to find in a loop, and in the interrupt of its thread, and
 * waits inside them all. Meanwhile the loop does all that it can do, without a pause or so that it sleeps in between.
 * Prints {@code all got on}, or fails.
 */
final class EveryMonitorHeld {
    private static final int FIRST_CAPACITY = 256; // of the poller's array of events
    private static final int BURST = 300;
    private static final Duration WHILE_HELD = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final Actors actors = new Actors();
    private final Duration pause;
    private final LoopGroup group;
    private final EventLoop loop;

    private EveryMonitorHeld(boolean sleeps) throws IOException {
        pause = sleeps ? Duration.ofMillis(1) : Duration.ZERO;
        group = LoopGroup.builder().loops(1)
                .options(options -> options.failureHandler(Bustle.failureHandler(actors))).open();
        loop = group.loop(0);
    }

    /** @param arguments whether the loop sleeps */
    public static void main(String[] arguments) {
        try {
            new EveryMonitorHeld(Boolean.parseBoolean(arguments[0])).run();
            System.out.println("all got on");
        } catch (Throwable thrown) {
            thrown.printStackTrace();
            Runtime.getRuntime().halt(1); // a loop that stands still does not end
        }
    }

    private void run() throws Exception {
        Bustle.begin(loop, actors, pause, () -> {});
        loop.spawn(() -> {
            readAndWrite();
            cancel(actors.add("cancel"));
            openAndClose(actors.add("opening and closing"));
        }).join();
        Actor submitter = actors.add("submit by another thread"); // here, so that the watch waits for its first act
        Thread.ofPlatform().daemon().start(() -> submit(submitter));
        actors.watch(Duration.ZERO);

        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Task<Void> holder = loop.spawn(() -> hold(monitors(), 0, held, release));
        held.await();
        actors.watch(Duration.ZERO);
        loop.spawn(() -> burst(actors.add("burst of events"))).join();
        actors.watch(WHILE_HELD);
        if (capacity() <= FIRST_CAPACITY) {
            throw new AssertionError("the array of events has not grown: " + capacity());
        }
        release.countDown();
        holder.join();
        actors.watch(Duration.ZERO);
        actors.stop();
        group.close();
    }

    private List<Object> monitors() throws Exception {
        Monitors monitors = new Monitors();
        monitors.find(Loop.of(loop));
        monitors.findAllClasses();
        Field interruptLock = Thread.class.getDeclaredField("interruptLock");
        interruptLock.setAccessible(true); // opened by the options of this JVM
        monitors.find(interruptLock.get(Loop.of(loop).scheduler().loopThread()));
        return monitors.found();
    }

    private static void hold(List<Object> monitors, int first, CountDownLatch held, CountDownLatch release)
            throws InterruptedException {
        if (first == monitors.size()) {
            held.countDown();
            release.await();
            return;
        }
        synchronized (monitors.get(first)) {
            hold(monitors, first + 1, held, release);
        }
    }

    private int capacity() throws ReflectiveOperationException {
        Field capacity = Loop.of(loop).poller().getClass().getDeclaredField("capacity");
        capacity.setAccessible(true);
        return capacity.getInt(Loop.of(loop).poller());
    }

    /** Two tasks that send a byte to and fro. */
    private void readAndWrite() throws IOException {
        int[] ends = RawSockets.pair();
        readAndWrite(loop.own(ends[0]), actors.add("read and write"));
        readAndWrite(loop.adopt(ends[1]), actors.add("read and write at the other end"));
        RawSockets.send(ends[0], 1);
    }

    private void readAndWrite(Descriptor socket, Actor actor) {
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        loop.spawn(() -> {
            while (socket.read(one.clear()) == 1 && actor.act(() -> socket.write(one.flip()))) {
                // and again
            }
            socket.close();
            actor.end();
        });
    }

    private void cancel(Actor actor) {
        loop.spawn(() -> {
            while (actor.act(() -> cancelled(loop.spawn(() -> loop.sleep(DAY))))) {
                loop.sleep(pause);
            }
        });
    }

    private void cancelled(Task<?> task) throws Exception {
        loop.sleep(pause);
        task.cancel();
        try {
            task.join();
            throw new AssertionError("not cancelled: " + task);
        } catch (CancellationException e) {
            // as it is to be
        }
    }

    private void openAndClose(Actor actor) {
        loop.spawn(() -> {
            while (actor.act(() -> {
                int[] ends = RawSockets.pair();
                loop.own(ends[0]).close();
                loop.adopt(ends[1]).close();
            })) {
                loop.sleep(pause);
            }
        });
    }

    private void submit(Actor actor) {
        while (actor.act(() -> {
            CountDownLatch ran = new CountDownLatch(1);
            loop.callSoon(ran::countDown);
            ran.await();
        })) {
            // and again
        }
    }

    /** Makes more descriptors ready at once than the array of events has room for. */
    private void burst(Actor actor) throws IOException {
        AtomicInteger read = new AtomicInteger();
        List<Descriptor> all = new ArrayList<>();
        ByteBuffer counter = ByteBuffer.allocateDirect(Long.BYTES);
        for (int i = 0; i < BURST; i++) {
            Descriptor eventfd = loop.adopt(RawSockets.check(Descriptors.eventfd()));
            eventfd.handle(descriptor -> {
                if (descriptor.tryRead(counter.clear()) > 0) {
                    read.incrementAndGet();
                }
            }, true, false);
            all.add(eventfd);
        }
        loop.spawn(() -> {
            while (actor.act(() -> {
                read.set(0);
                all.forEach(eventfd -> RawSockets.check(Descriptors.eventfdWrite(eventfd.fd())));
                while (read.get() < BURST) {
                    loop.sleep(pause);
                }
            })) {
                loop.sleep(pause);
            }
            all.forEach(Descriptor::close);
        });
    }
}
