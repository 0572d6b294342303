package io.stepoll.protocol;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One direction of a connection: what was written, and how much of it was read. Each byte says which write it belongs
 * to, and, modulo eight, where in that write: so a reader notices a byte that is lost, repeated or out of order. The
 * bytes of two writes that go on at the same time may come mixed. A write that began after the end of another one comes
 * after all of that one.
 */
final class ByteStream {
    private static final int TAGS = 32;
    private static final int PLACE_BITS = 3;
    private static final int PLACE_MASK = (1 << PLACE_BITS) - 1;

    private final String name;
    private final Write[] byTag = new Write[TAGS];
    private long lastMoment;

    /** Whether nobody can write any more: the reader comes to the end after the last byte. */
    boolean ended;

    /** Whether nobody can read any more. */
    boolean abandoned;

    /** How many bytes were read so far. */
    long read;

    ByteStream(String name) {
        this.name = name;
    }

    /** One write: of a buffer, whose position says how much of it has gone. */
    final class Write {
        private final int tag;
        private final ByteBuffer buffer;
        private final long begun = ++lastMoment;
        private long over = Long.MAX_VALUE;
        private int arrived;

        private Write(int tag, ByteBuffer buffer) {
            this.tag = tag;
            this.buffer = buffer;
        }

        ByteBuffer buffer() {
            return buffer;
        }

        int gone() {
            return buffer.position();
        }

        /** The call that writes has returned, or thrown. */
        void ends() {
            over = ++lastMoment;
            forgetIfArrived();
        }

        private void forgetIfArrived() {
            if (over != Long.MAX_VALUE && arrived == gone()) {
                byTag[tag] = null;
            }
        }
    }

    /** Begins a write of so many bytes; null if too many writes are not read yet. */
    Write begin(int size, boolean direct) {
        for (int tag = 0; tag < TAGS; tag++) {
            if (byTag[tag] == null) {
                ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
                for (int i = 0; i < size; i++) {
                    buffer.put((byte) (tag << PLACE_BITS | i & PLACE_MASK));
                }
                byTag[tag] = new Write(tag, buffer.flip());
                return byTag[tag];
            }
        }
        return null;
    }

    /** How many bytes are on their way. */
    int unread() {
        int unread = 0;
        for (Write write : byTag) {
            if (write != null) {
                unread += write.gone() - write.arrived;
            }
        }
        return unread;
    }

    /** Whether a read must come to the end. */
    boolean isAtEnd() {
        return ended && unread() == 0;
    }

    /** A read has got these bytes. Returns what is wrong with them; null for nothing. */
    String received(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int next = bytes.get() & 0xff;
            Write write = byTag[next >>> PLACE_BITS];
            if (write == null) {
                return name + ": a byte of a write that has arrived, or never was";
            }
            if (write.arrived >= write.gone() || (write.arrived & PLACE_MASK) != (next & PLACE_MASK)) {
                return name + ": byte " + write.arrived + " of " + write.gone() + " is another one: " + next;
            }
            if (write.arrived == 0 && !left(write.begun).isEmpty()) {
                return name + ": a write overtakes an earlier one, of which " + left(write.begun) + " bytes are left";
            }
            write.arrived++;
            read++;
            write.forgetIfArrived();
        }
        return null;
    }

    /** What is left to be read of the writes that were over before a moment. */
    private List<Integer> left(long moment) {
        List<Integer> left = new ArrayList<>();
        for (Write write : byTag) {
            if (write != null && write.over < moment && write.arrived < write.gone()) {
                left.add(write.gone() - write.arrived);
            }
        }
        return left;
    }
}
