package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Asks in several places at once: for all answers, for all with one that fails, for the first, and for each as it
 * comes.
 */
public final class Groups {
    private Groups() {}

    /** Prints the outcome of each group. */
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
                asTheyCome(loop, "south-west", "south", "east");
            });
            loop.runUntilDone();
        }
    }

    private static List<String> all(EventLoop loop, String... places) throws Exception {
        try (TaskGroup<String> group = loop.openGroup()) {
            for (String place : places) {
                group.spawn(place, () -> ask(place));
            }
            return group.join();
        }
    }

    private static String first(EventLoop loop, String... places) throws Exception {
        try (TaskRace<String> race = loop.openRace()) {
            Arrays.stream(places).forEach(place -> race.spawn(place, () -> ask(place)));
            return race.join();
        }
    }

    private static void asTheyCome(EventLoop loop, String... places) throws Exception {
        try (TaskGroup<String> group = loop.openGroup()) {
            Arrays.stream(places).forEach(place -> group.spawn(place, () -> ask(place)));
            for (Task<String> task = group.nextEnded(); task != null; task = group.nextEnded()) {
                System.out.println(task.name() + " has ended, " + task.join());
            }
        }
    }

    /** Answers later for a longer name. */
    private static String ask(String place) throws Exception {
        if (place.equals("nowhere")) {
            throw new IOException("there is no " + place);
        }
        EventLoop.current().sleep(Duration.ofMillis(20L * place.length()));
        return "mild in the " + place;
    }
}
