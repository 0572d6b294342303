package io.stepoll.bench.side;

/**
 * A target: the median has to be at or below the limit. The noise is how far the figures of a server differ from those
 * of an equal one. A miss by less than the noise is no result, and is reported as such.
 */
record Bar(String what, String unit, double limit, Spread measured, double noise, Verdict verdict) {
    /** Whether the target is reached. */
    enum Verdict { HELD, MISSED_WITHIN_NOISE, MISSED }

    static Bar of(String what, String unit, double limit, Spread measured, double noise) {
        double miss = measured.median() - limit;
        Verdict verdict = miss <= 0 ? Verdict.HELD : miss < noise ? Verdict.MISSED_WITHIN_NOISE : Verdict.MISSED;
        return new Bar(what, unit, limit, measured, noise, verdict);
    }
}
