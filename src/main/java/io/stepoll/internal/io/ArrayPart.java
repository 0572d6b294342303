package io.stepoll.internal.io;

/** A part of a byte array, as the argument of a call: what is left to move. One object serves many calls. */
final class ArrayPart {
    private static final byte[] NOTHING = {};

    byte[] array = NOTHING;
    int offset;
    int length;

    ArrayPart set(byte[] newArray, int newOffset, int newLength) {
        array = newArray;
        offset = newOffset;
        length = newLength;
        return this;
    }

    /** The call is over: the array is its caller's again. */
    void clear() {
        set(NOTHING, 0, 0);
    }
}
