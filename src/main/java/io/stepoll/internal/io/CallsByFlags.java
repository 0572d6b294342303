package io.stepoll.internal.io;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/** The calls of one kind by their flags, made when first used: so that a call with flags allocates nothing. */
final class CallsByFlags<C> {
    private final AtomicReferenceArray<C> known = new AtomicReferenceArray<>(1 << Byte.SIZE);
    private final IntFunction<C> maker;

    CallsByFlags(IntFunction<C> maker) {
        this.maker = maker;
    }

    /** The call with these flags. From any thread. */
    C with(int flags) {
        if (flags < 0 || flags >= known.length()) {
            return maker.apply(flags);
        }
        C call = known.getAcquire(flags);
        if (call == null) {
            call = maker.apply(flags);
            known.setRelease(flags, call); // a race makes two, which are alike
        }
        return call;
    }
}
