package io.stepoll.internal.io;

/** What a queue writes, as pieces of memory that last during the call. */
public interface Pieces {
    /** How many pieces there are. */
    int count();

    /** Where a piece lies. */
    long address(int index);

    /** How many bytes a piece has; 0 if it is not to go now, nor those behind it. */
    int length(int index);
}
