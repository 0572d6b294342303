package io.stepoll.protocol;

import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.LogCapture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.LogRecord;

/**
 * One run from a seed. Each of its operations has a generator of its own, made of the seed and the number of the
 * operation. So a run without some of them does the others as before, and a run that fails can be made shorter.
 */
final class ProtocolRun {
    private static final int OPERATIONS = 120;
    private static final int SETTLES_EVERY = 15;
    private static final int MOST_STEPS = 3000;
    private static final int QUIET_STEPS = 3;
    private static final int MOST_LOOPS = 3;

    private final long seed;
    private final BitSet leftOut;
    private final World world = new World();
    private int number;

    private ProtocolRun(long seed, BitSet leftOut) {
        this.seed = seed;
        this.leftOut = leftOut;
    }

    /** What a run has come to: its trace, and what went against the model; null for nothing. */
    record Outcome(List<String> trace, Throwable failure) {}

    /** Makes the run of a seed. */
    static Outcome of(long seed) {
        return of(seed, new BitSet());
    }

    private static Outcome of(long seed, BitSet leftOut) {
        ProtocolRun run = new ProtocolRun(seed, leftOut);
        Throwable failure = null;
        try (LogCapture log = new LogCapture()) {
            DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
            try {
                run.begin();
                run.operations();
                run.end();
            } finally {
                run.releaseAll();
            }
            List<String> left = DescriptorLeaks.leftSince(before);
            if (!left.isEmpty()) {
                failure = new AssertionError("descriptors left open: " + left);
            } else {
                failure = run.unexpected(log.records());
            }
        } catch (Exception | Error e) {
            failure = e;
        }
        return new Outcome(run.world.trace(), failure);
    }

    /** What was logged in vain; null for nothing. Only the failure of a task that nobody had joined may be logged. */
    private AssertionError unexpected(List<LogRecord> records) {
        for (LogRecord one : records) {
            boolean expected = world.workers.stream().anyMatch(worker -> one.getThrown() == worker.thrown()
                    && one.getMessage().contains("," + worker + "]"));
            if (!expected) {
                return new AssertionError("logged: " + one.getMessage(), one.getThrown());
            }
        }
        return null;
    }

    /** Makes the run of a seed that fails as short as leaving out operations makes it. */
    static Outcome shortest(long seed) {
        BitSet leftOut = new BitSet();
        Outcome shortest = of(seed, leftOut);
        if (shortest.failure == null) {
            return new Outcome(shortest.trace, new AssertionError("the run has failed once, and not the second time"));
        }
        for (int chunk = OPERATIONS / 2; chunk > 0; chunk /= 2) {
            for (int from = 0; from < OPERATIONS; from += chunk) {
                BitSet more = (BitSet) leftOut.clone();
                more.set(from, Math.min(from + chunk, OPERATIONS));
                if (more.equals(leftOut)) {
                    continue;
                }
                Outcome outcome = of(seed, more);
                if (outcome.failure != null && isAlike(outcome.failure, shortest.failure)) {
                    leftOut = more;
                    shortest = outcome;
                }
            }
        }
        return shortest;
    }

    /** Whether two failures are of one kind: names and numbers may differ. */
    private static boolean isAlike(Throwable one, Throwable other) {
        return kind(one).equals(kind(other));
    }

    private static String kind(Throwable failure) {
        return failure.getClass() + String.valueOf(failure.getMessage()).replaceAll("[wcl]?\\d+[ab]?\\d*(@L\\d)?", "N");
    }

    private void begin() throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        int loops = 1 + random.nextInt(MOST_LOOPS);
        for (int i = 0; i < loops; i++) {
            world.loops.add(new LoopModel(world, "L" + i, random));
        }
        for (LoopModel from : world.loops) {
            Connections.openCarrier(world, from, world.loops.get(random.nextInt(loops)));
        }
    }

    private SplittableRandom generator(int operation) {
        return new SplittableRandom(new SplittableRandom(seed).nextLong() + operation).split();
    }

    private void operations() {
        for (number = 1; number <= OPERATIONS && !world.openLoops().isEmpty(); number++) {
            SplittableRandom random = generator(number);
            if (!leftOut.get(number - 1)) {
                world.note("-- " + number);
                new Actions(world, World.pick(world.openLoops(), random), Actions.Place.OUTSIDE, random).one();
                world.check();
            }
            if (number % SETTLES_EVERY == 0) {
                settle();
            }
            if (number == OPERATIONS * 2 / 3 && random.nextInt(4) == 0) {
                close(World.pick(world.openLoops(), random));
            }
        }
    }

    private void close(LoopModel loop) {
        world.note("closes " + loop.name);
        loop.close();
        world.check();
    }

    /** Steps until nothing goes on any more. Then nobody may wait for what is there. */
    private void settle() {
        world.note("settles");
        world.settling = true;
        int quiet = 0;
        for (int i = 0; quiet < QUIET_STEPS; i++) {
            int before = world.noted();
            boolean queued = false;
            for (LoopModel loop : world.openLoops()) {
                loop.step(false);
                queued |= loop.loop.timeoutNanos() == 0;
            }
            world.check();
            quiet = queued || world.noted() != before ? 0 : quiet + 1;
            if (i > MOST_STEPS) {
                world.fail("nothing comes to rest");
                world.check();
            }
        }
        checkQuiet();
        world.check();
        world.settling = false;
    }

    private void checkQuiet() {
        world.noticeStoppedListeners();
        world.workers.forEach(Worker::checkIfEnded);
        world.openLoops().forEach(LoopModel::checkQuiet);
        for (Worker worker : world.workers) {
            if (!worker.loop.closing) {
                worker.checkQuiet();
            }
        }
        for (Handle handle : world.handles) {
            if (handle.handler != null && !handle.handling) {
                handle.handler.checkQuiet();
            }
        }
    }

    private void end() {
        SplittableRandom random = generator(0);
        settle();
        for (Worker worker : world.workers) {
            if (!worker.loop.closing && random.nextBoolean()) {
                worker.end();
            } else {
                worker.cancel();
            }
        }
        settle();
        world.openLoops().forEach(LoopModel::endShutdown);
        world.check();
        while (!world.openLoops().isEmpty()) {
            close(World.pick(world.openLoops(), random));
            if (!world.openLoops().isEmpty()) {
                settle();
            }
        }
        world.workers.forEach(Worker::checkIfEnded);
        world.check();
    }

    /** Leaves nothing behind, however the run has ended. */
    private void releaseAll() {
        new ArrayList<>(world.openLoops()).forEach(loop -> {
            loop.closing = true;
            world.handlesOf(loop).forEach(Handle::closed);
            loop.loop.close();
        });
        world.rawHandles().forEach(Handle::closeRaw);
    }
}
