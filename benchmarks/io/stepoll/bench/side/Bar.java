package io.stepoll.bench.side;

/**
 * Something to be reached: the median is to be at or under the limit. The noise is what a server that is compared with
 * itself differs by; a miss by less is no result, and is said to be none.
 */
record Bar(String what, String unit, double limit, Spread measured, double noise, Verdict verdict) {
    /** What became of it. */
    enum Verdict { HELD, MISSED_WITHIN_NOISE, MISSED }

    static Bar of(String what, String unit, double limit, Spread measured, double noise) {
        double miss = measured.median() - limit;
        Verdict verdict = miss <= 0 ? Verdict.HELD : miss < noise ? Verdict.MISSED_WITHIN_NOISE : Verdict.MISSED;
        return new Bar(what, unit, limit, measured, noise, verdict);
    }
}
