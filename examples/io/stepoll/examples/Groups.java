package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Several answers at once: all of them, all but one that fails, and the first. */
public final class Groups {
    private Groups() {}

    /** Prints what comes of each group. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn("groups", () -> {
                System.out.println("all: " + all(loop, "north", "south", "west"));
                try {
                    all(loop, "north", "nowhere", "elsewhere");
                } catch (ExecutionException e) {
                    System.out.println("failed: " + e.getCause().getMessage());
                }
                System.out.println("first: " + first(loop, "nowhere", "south", "west"));
            });
            loop.runUntilDone();
        }
    }

    private static List<String> all(EventLoop loop, String... places) throws Exception {
        try (TaskGroup<String> group = TaskGroup.open(loop)) {
            for (String place : places) {
                group.spawn(place, () -> ask(loop, place));
            }
            return group.join();
        }
    }

    private static String first(EventLoop loop, String... places) throws Exception {
        try (TaskRace<String> race = TaskRace.open(loop)) {
            Arrays.stream(places).forEach(place -> race.spawn(place, () -> ask(loop, place)));
            return race.join();
        }
    }

    /** The longer the name, the longer it takes. */
    private static String ask(EventLoop loop, String place) throws Exception {
        if (place.equals("nowhere")) {
            throw new IOException("there is no " + place);
        }
        loop.sleep(Duration.ofMillis(20L * place.length()));
        return "mild in the " + place;
    }
}
