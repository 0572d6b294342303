package io.stepoll.examples.redis;

import java.nio.ByteBuffer;

/**
 * A list whose elements stand one after the other in blocks: {@code length, bytes, length, bytes...}. A new first
 * element goes in front of the others, so a block fills from its end to its begin. What is once in a block stays there
 * unchanged. So whoever has found an element can walk on from there, even if others push meanwhile.
 */
final class ListValue {
    private static final int SMALLEST_BLOCK = 128;
    private static final int LARGEST_BLOCK = 1 << 13; // a larger element has a block for itself

    /** A place in a list, at which an element begins. */
    static final class Place {
        private Block block;
        private int index;

        /** The array that has the element. */
        byte[] bytes() {
            return block.bytes.array();
        }

        int start() {
            return index + Integer.BYTES;
        }

        int length() {
            return block.bytes.getInt(index);
        }

        /** Moves to the element behind, if there is one. */
        void next() {
            index += Integer.BYTES + length();
            while (block != null && index == block.bytes.capacity()) {
                block = block.next;
                index = block == null ? 0 : block.first;
            }
        }
    }

    private static final class Block {
        private final ByteBuffer bytes;
        private final Block next;
        private int first;
        private int count;

        Block(int size, Block next) {
            bytes = ByteBuffer.allocate(size);
            first = size;
            this.next = next;
        }
    }

    private Block block = new Block(SMALLEST_BLOCK, null);
    private long size;

    long size() {
        return size;
    }

    /** Puts an element in front of all others. */
    void push(byte[] bytes, int start, int length) {
        int needed = Integer.BYTES + length;
        if (block.first < needed) {
            int grown = Math.min(LARGEST_BLOCK, block.bytes.capacity() * 2);
            block = new Block(Math.max(needed, grown), block);
        }
        block.first -= needed;
        block.bytes.putInt(block.first, length);
        block.bytes.put(block.first + Integer.BYTES, bytes, start, length);
        block.count++;
        size++;
    }

    /** Finds an element, counted from 0. Goes through the blocks, and within one through its elements. */
    Place place(long number) {
        Place place = new Place();
        place.block = block;
        long left = number;
        while (left >= place.block.count) {
            left -= place.block.count;
            place.block = place.block.next;
        }
        place.index = place.block.first;
        for (; left > 0; left--) {
            place.next();
        }
        return place;
    }
}
