package io.stepoll.protocol;

import io.stepoll.protocol.ByteOperations.AwaitReadiness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Chooses what a task does. */
final class RandomOperations {
    private static final int MOST_MILLIS = 50;
    private static final int DEEPEST = 2;

    private final World world;
    private final LoopModel loop;
    private final SplittableRandom random;

    RandomOperations(World world, LoopModel loop, SplittableRandom random) {
        this.world = world;
        this.loop = loop;
        this.random = random;
    }

    static Duration time(SplittableRandom random) {
        return Duration.ofMillis(random.nextInt(6) == 0 ? 0 : random.nextInt(MOST_MILLIS));
    }

    /** One to so many operations. */
    List<TaskOperation> several(int most) {
        return several(most, 0);
    }

    private List<TaskOperation> several(int most, int depth) {
        List<TaskOperation> all = new ArrayList<>();
        for (int i = random.nextInt(most); i >= 0; i--) {
            all.add(one(depth));
        }
        return all;
    }

    private TaskOperation one(int depth) {
        boolean throwsOn = random.nextBoolean();
        Duration timeout = random.nextInt(3) == 0 ? time(random) : null;
        int kind = random.nextInt(depth < DEEPEST ? 24 : 17);
        Handle handle = World.pick(world.handlesOf(loop), random);
        if (kind < 13 && handle != null) {
            return onHandle(kind, handle, timeout, throwsOn);
        }
        return switch (kind) {
            case 13 -> passed(timeout, throwsOn);
            case 14 -> join(throwsOn);
            case 15 -> {
                SplittableRandom later = random.split();
                yield new TaskOperations.Act(() -> new Actions(world, loop, Actions.Place.TASK, later).one());
            }
            case 17, 18, 19 -> new TimeOperations.Within(time(random), several(2, depth + 1), throwsOn);
            case 20 -> new TimeOperations.Locked(several(2, depth + 1), throwsOn);
            case 21, 22, 23 -> group(depth, throwsOn);
            default -> new TimeOperations.Sleep(time(random), throwsOn);
        };
    }

    private TaskOperation onHandle(int kind, Handle handle, Duration timeout, boolean throwsOn) {
        if (handle.end.kind == End.Kind.LISTENER) {
            return new ByteOperations.Accept(handle, timeout, throwsOn);
        }
        if (kind < 5 && handle.canRead()) {
            return new ByteOperations.Read(handle, timeout, throwsOn, random.split());
        }
        if (kind < 10 && handle.canWrite()) {
            return new ByteOperations.Write(handle, timeout, throwsOn, random.split());
        }
        if (!handle.canRead()) {
            return new AwaitReadiness(AwaitReadiness.Form.WRITABLE, handle, timeout, throwsOn);
        }
        return new AwaitReadiness(switch (handle.end.kind) {
            case UNIX -> AwaitReadiness.Form.values()[random.nextInt(AwaitReadiness.Form.values().length)];
            default -> AwaitReadiness.Form.READABLE;
        }, handle, timeout, throwsOn);
    }

    private TaskOperation passed(Duration timeout, boolean throwsOn) {
        List<Carrier> here = world.carriers.stream().filter(carrier -> carrier.to == loop).toList();
        return here.isEmpty() ? new TimeOperations.Sleep(time(random), throwsOn)
                : new ByteOperations.ReadPassed(World.pick(here, random), timeout, throwsOn);
    }

    private TaskOperation join(boolean throwsOn) {
        Worker other = World.pick(world.workers, random);
        return other == null ? new TimeOperations.Sleep(Duration.ZERO, throwsOn)
                : new TaskOperations.Join(other, throwsOn);
    }

    private TaskOperation group(int depth, boolean throwsOn) {
        List<List<TaskOperation>> bodies = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            bodies.add(several(2, depth + 1));
        }
        return new TaskOperations.Group(bodies, random.nextInt(3) == 0, random.nextInt(4) != 0, throwsOn);
    }
}
