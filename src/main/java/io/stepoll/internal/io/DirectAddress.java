package io.stepoll.internal.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ConcurrentModificationException;
import java.util.HashSet;
import java.util.Set;

/**
 * Where the memory of a direct buffer lies, if the kernel may be told. The kernel gets no address of memory that
 * another thread can free during the call. Memory that belongs to an arena with a {@code close} is such memory, and no
 * public method holds an arena open. So the bytes of those buffers are copied, by {@link CheckedCopy}.
 *
 * <p>The answer never changes for a buffer. Whoever owns a socket remembers it, as mostly the same buffer comes again.
 * Asking for the address each time allocates 32 bytes wherever HotSpot does not inline all of {@link
 * MemorySegment#ofBuffer}: HotSpot inlines 15 calls deep, and the asking takes seven of them.
 */
public final class DirectAddress {
    /** In place of an address: the bytes are to be copied. */
    public static final long NONE = 0;

    private static final Set<Class<?>> LASTING_SCOPES = lastingScopes();

    private final ByteBuffer buffer; // keeps the memory, too
    private final long base;

    private DirectAddress(ByteBuffer buffer) {
        this.buffer = buffer;
        base = base(buffer);
    }

    /**
     * The classes of the scopes that last as long as their buffer is reachable. The JDK has no public method that says
     * whether a scope can end before. It has a class for each kind of scope, though, so one scope of each lasting kind
     * shows the class of all. A kind that is not among them counts as one that can end.
     */
    private static Set<Class<?>> lastingScopes() {
        Set<Class<?>> classes = new HashSet<>();
        classes.add(MemorySegment.ofBuffer(ByteBuffer.allocateDirect(0)).scope().getClass());
        classes.add(Arena.global().scope().getClass());
        classes.add(Arena.ofAuto().scope().getClass());
        try (Arena shared = Arena.ofShared(); Arena confined = Arena.ofConfined()) {
            classes.remove(shared.scope().getClass()); // unless a JDK has one class for all
            classes.remove(confined.scope().getClass());
        }
        return classes;
    }

    /**
     * The address of a direct buffer of the library's own. Each loop asks for that of its memory as it opens, so this
     * class is initialized there, and not on the loop's thread: the initializer may wait for locks of the JDK.
     */
    public static long ofOwn(ByteBuffer memory) {
        return MemorySegment.ofBuffer(memory).address();
    }

    private static long base(ByteBuffer buffer) {
        ByteBuffer whole;
        try {
            whole = buffer.duplicate().clear(); // as the position of the buffer itself may change meanwhile
        } catch (IllegalArgumentException e) {
            throw new ConcurrentModificationException("another thread moves the buffer", e);
        }
        MemorySegment segment = MemorySegment.ofBuffer(whole);
        return LASTING_SCOPES.contains(segment.scope().getClass()) ? segment.address() : NONE;
    }

    /** The address of a direct buffer: the known one if that is this buffer's. */
    public static DirectAddress of(ByteBuffer buffer, DirectAddress known) {
        return isOf(known, buffer) ? known : new DirectAddress(buffer);
    }

    /** Whether this address, if there is one, is that of the buffer. */
    static boolean isOf(DirectAddress known, ByteBuffer buffer) {
        return known != null && known.buffer == buffer;
    }

    /** The address of what {@link Remaining remains}, or {@link #NONE}. */
    public long at(long remaining) {
        return base == NONE ? NONE : base + Remaining.position(remaining);
    }
}
