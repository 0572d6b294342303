package io.stepoll.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;

/** {@link IndexRing} and {@link IndexStack}: each number comes once, and those of the ring in their order. */
public class IndexStress {
    private IndexStress() {}

    /** Each thread adds a number. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0"}, expect = ACCEPTABLE, desc = "both, once")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AddAgainstAdd {
        private final IndexRing ring = new IndexRing(2);

        @Actor
        public void first() {
            ring.add(0);
        }

        @Actor
        public void second() {
            ring.add(1);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r1 = ring.poll();
            result.r2 = ring.poll();
        }
    }

    /** The positions come round: the first slots are used for the second time. */
    @JCStressTest
    @Outcome(id = {"0, 1, -1", "-1, 0, 1", "0, -1, 1", "-1, -1, 0"}, expect = ACCEPTABLE, desc = "in their order")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AddAgainstPoll {
        private final IndexRing ring = new IndexRing(2);

        {
            for (int i = 0; i < 3; i++) {
                ring.add(0);
                ring.poll();
            }
        }

        @Actor
        public void adds() {
            ring.add(0);
            ring.add(1);
        }

        @Actor
        public void polls(III_Result result) {
            result.r1 = ring.poll();
            result.r2 = ring.poll();
        }

        @Arbiter
        public void afterwards(III_Result result) {
            result.r3 = ring.poll();
        }
    }

    /** Each thread takes a number. */
    @JCStressTest
    @Outcome(id = {"0, 1", "1, 0"}, expect = ACCEPTABLE, desc = "each one")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class PollAgainstPoll {
        private final IndexRing ring = new IndexRing(2);

        {
            ring.add(0);
            ring.add(1);
        }

        @Actor
        public void first(II_Result result) {
            result.r1 = ring.poll();
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = ring.poll();
        }
    }

    /** What was added is there before the close. */
    @JCStressTest
    @Outcome(id = "true, 0, -2", expect = ACCEPTABLE, desc = "added before the close")
    @Outcome(id = "false, -2, -2", expect = ACCEPTABLE, desc = "refused")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AddAgainstClose {
        private final IndexRing ring = new IndexRing(1);

        @Actor
        public void adds(ZII_Result result) {
            result.r1 = ring.add(0);
        }

        @Actor
        public void closes() {
            ring.close();
        }

        @Arbiter
        public void afterwards(ZII_Result result) {
            result.r2 = ring.poll();
            result.r3 = ring.poll();
        }
    }

    /** One thread takes two numbers and gives the first back, so that the top is what it was; the other takes one. */
    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "each number once")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class PushAgainstPop {
        private final IndexStack stack = new IndexStack(3);
        private int second;
        private int other;

        @Actor
        public void pushes() {
            int first = stack.pop();
            second = stack.pop();
            stack.push(first);
        }

        @Actor
        public void pops() {
            other = stack.pop();
        }

        @Arbiter
        public void afterwards(III_Result result) {
            int[] seen = new int[3];
            seen[second]++;
            seen[other]++;
            for (int left = stack.pop(); left != IndexStack.EMPTY; left = stack.pop()) {
                seen[left]++;
            }
            result.r1 = seen[0];
            result.r2 = seen[1];
            result.r3 = seen[2];
        }
    }
}
