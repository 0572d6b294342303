package io.stepoll.internal.loop;

import io.stepoll.EventLoopBuilder;
import io.stepoll.LoopGroup;
import io.stepoll.LoopGroupBuilder;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The options of a group of loops to be opened. */
public final class GroupBuilder implements LoopGroupBuilder {
    private static final AtomicInteger OPENED = new AtomicInteger();

    int loops = Runtime.getRuntime().availableProcessors();
    String name = "stepoll-group-" + OPENED.incrementAndGet();
    int[] processors = {};
    Consumer<EventLoopBuilder> options = options -> {};

    /** The defaults. */
    public GroupBuilder() {}

    @Override
    public GroupBuilder loops(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a group must have at least 1 loop: " + count);
        }
        loops = count;
        return this;
    }

    @Override
    public GroupBuilder name(String newName) {
        name = Objects.requireNonNull(newName, "name");
        return this;
    }

    @Override
    public GroupBuilder pinTo(int... numbers) {
        for (int number : numbers) {
            if (number < 0) {
                throw new IllegalArgumentException("the number of a processor must not be negative: " + number);
            }
        }
        processors = numbers.clone();
        return this;
    }

    @Override
    public GroupBuilder options(Consumer<EventLoopBuilder> setter) {
        options = Objects.requireNonNull(setter, "options");
        return this;
    }

    @Override
    public LoopGroup open() throws IOException {
        return RunningGroup.open(this);
    }
}
