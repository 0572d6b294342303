package io.stepoll.support;

/** Fills the heap of a child to the last bytes, and frees it again. */
public final class Ballast {
    private static final int LARGEST = 1 << 20;

    private static volatile Object held;

    private Ballast() {}

    /** Fills the heap: with large arrays first, and with ever smaller ones behind them. */
    public static void fill() {
        for (int size = LARGEST; size > 0; size >>= 1) {
            try {
                for (;;) {
                    held = new Object[] {held, new long[size]};
                }
            } catch (OutOfMemoryError smallerOnes) {
                // Until not even the smallest fits.
            }
        }
    }

    /** Frees what {@link #fill} has taken. */
    public static void free() {
        held = null;
    }
}
