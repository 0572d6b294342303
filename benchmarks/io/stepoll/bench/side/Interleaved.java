package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/**
 * Rounds, in each of which all contenders are measured, in turn, and each round begins with another one. The number of
 * rounds is declared beforehand. Rounds that other processes have disturbed are reported and taken again, for at most a
 * third of that number.
 */
final class Interleaved {
    private static final int TRIES_DIVISOR = 3;

    private Interleaved() {}

    /** Measures a contender once. */
    @FunctionalInterface
    interface Measuring<C, M> {
        M measure(C contender) throws IOException;
    }

    /** {@return the rounds that count} */
    static <C, M> List<List<M>> rounds(Settings settings, String name, List<C> contenders, Measuring<C, M> measuring,
            Predicate<M> isDisturbed) throws IOException {
        List<List<M>> kept = new ArrayList<>();
        int tries = settings.rounds() / TRIES_DIVISOR;
        for (int number = 0; kept.size() < settings.rounds(); number++) {
            List<C> turn = new ArrayList<>(contenders);
            Collections.rotate(turn, -number);
            List<M> round = new ArrayList<>();
            for (C contender : turn) {
                round.add(measuring.measure(contender));
            }
            boolean disturbed = round.stream().anyMatch(isDisturbed);
            boolean keep = !disturbed || tries-- <= 0;
            if (keep) {
                kept.add(round);
            }
            Progress.round(name, keep ? kept.size() : kept.size() + 1, settings.rounds(), disturbed, keep);
        }
        return kept;
    }
}
